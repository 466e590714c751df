// A calendar program of somebody else's making, for the end-to-end tests: KDE's KCalendarCore behind a command
// line. It reads one iCalendar object (not a mail) on standard input.
//
//   kitip apply STORE.ics                     takes a message into its own calendar; prints what that now holds, as JSON
//   kitip show STORE.ics                      prints the same without reading anything
//   kitip reply accepted|declined|tentative ATTENDEE [COMMENT]
//   kitip counter START END ATTENDEE [COMMENT]        times as RFC 3339
//   kitip refresh ATTENDEE                    prints the answering iCalendar object
//
// Exit status: 0 done, 1 the input was not understood, 2 wrong usage.
//
// What an answer looks like is KCalendarCore's business and nobody else's: that is the point. This program only
// does what a mail program does around it: takes the incidence, sets what the person chose, and asks for the message.

#include <KCalendarCore/ICalFormat>
#include <KCalendarCore/MemoryCalendar>
#include <KCalendarCore/ScheduleMessage>

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTextStream>
#include <QTimeZone>

#include <cstdio>
#include <cstdlib>

using namespace KCalendarCore;

namespace {

[[noreturn]] void fail(int status, const QString &why)
{
    QTextStream(stderr) << "kitip: " << why << "\n";
    std::exit(status);
}

QString standardInput()
{
    QFile in;
    if (!in.open(stdin, QIODevice::ReadOnly)) {
        fail(1, QStringLiteral("standard input cannot be read"));
    }
    return QString::fromUtf8(in.readAll());
}

void print(const QString &text)
{
    QFile out;
    if (!out.open(stdout, QIODevice::WriteOnly)) {
        fail(1, QStringLiteral("standard output cannot be written"));
    }
    out.write(text.toUtf8());
}

QString partstat(Attendee::PartStat status)
{
    switch (status) {
    case Attendee::Accepted: return QStringLiteral("ACCEPTED");
    case Attendee::Declined: return QStringLiteral("DECLINED");
    case Attendee::Tentative: return QStringLiteral("TENTATIVE");
    case Attendee::Delegated: return QStringLiteral("DELEGATED");
    case Attendee::NeedsAction: return QStringLiteral("NEEDS-ACTION");
    default: return QStringLiteral("OTHER");
    }
}

QString status(const Event::Ptr &event)
{
    switch (event->status()) {
    case Incidence::StatusCanceled: return QStringLiteral("CANCELLED");
    case Incidence::StatusConfirmed: return QStringLiteral("CONFIRMED");
    case Incidence::StatusTentative: return QStringLiteral("TENTATIVE");
    case Incidence::StatusNone: return QString();
    default: return QStringLiteral("OTHER");
    }
}

QString method(iTIPMethod method)
{
    return ScheduleMessage::methodName(method).toUpper();
}

QJsonObject described(const Event::Ptr &event)
{
    QJsonArray attendees;
    const auto all = event->attendees();
    for (const Attendee &attendee : all) {
        attendees.append(QJsonObject{
            {QStringLiteral("email"), attendee.email()},
            {QStringLiteral("name"), attendee.name()},
            {QStringLiteral("partstat"), partstat(attendee.status())},
            {QStringLiteral("rsvp"), attendee.RSVP()},
        });
    }
    return QJsonObject{
        {QStringLiteral("uid"), event->uid()},
        {QStringLiteral("sequence"), event->revision()},
        {QStringLiteral("dtstart"), event->dtStart().toUTC().toString(Qt::ISODate)},
        {QStringLiteral("dtend"), event->dtEnd().toUTC().toString(Qt::ISODate)},
        {QStringLiteral("status"), status(event)},
        {QStringLiteral("summary"), event->summary()},
        {QStringLiteral("description"), event->description()},
        {QStringLiteral("location"), event->location()},
        {QStringLiteral("organizer"), event->organizer().email()},
        {QStringLiteral("organizer_name"), event->organizer().name()},
        {QStringLiteral("attendees"), attendees},
    };
}

struct Message {
    iTIPMethod method;
    Event::Ptr event;
};

Message parsed(ICalFormat &format, const MemoryCalendar::Ptr &calendar)
{
    const ScheduleMessage::Ptr message = format.parseScheduleMessage(calendar, standardInput());
    if (!message || !message->event()) {
        fail(1, QStringLiteral("this is no scheduling message"));
    }
    const Event::Ptr event = message->event().dynamicCast<Event>();
    if (!event) {
        fail(1, QStringLiteral("the message holds no event"));
    }
    return {message->method(), event};
}

// What a calendar program does with a message to an attendee: a lower SEQUENCE than the one it holds is an older
// edition (RFC 5546 section 2.1.5). KCalendarCore does not hand out DTSTAMP, so equal ones count as the newer.
QString taken(const MemoryCalendar::Ptr &calendar, const Message &message)
{
    const Event::Ptr held = calendar->event(message.event->uid());
    if (held && held->revision() > message.event->revision()) {
        return QStringLiteral("stale");
    }
    switch (message.method) {
    case iTIPRequest:
    case iTIPPublish:
        if (held) {
            calendar->deleteEvent(held);
        }
        calendar->addEvent(Event::Ptr(message.event->clone()));
        return held ? QStringLiteral("updated") : QStringLiteral("added");
    case iTIPCancel:
        if (!held) {
            return QStringLiteral("unknown");
        }
        held->setStatus(Incidence::StatusCanceled);
        held->setRevision(message.event->revision());
        return QStringLiteral("cancelled");
    case iTIPDeclineCounter:
        return held ? QStringLiteral("counter-declined") : QStringLiteral("unknown");
    default:
        return QStringLiteral("ignored");
    }
}

MemoryCalendar::Ptr emptyCalendar()
{
    return MemoryCalendar::Ptr(new MemoryCalendar(QTimeZone::utc()));
}

int keep(const QStringList &args, bool apply)
{
    ICalFormat format;
    const QString store = args.at(2);
    const auto calendar = emptyCalendar();
    if (QFile::exists(store) && !format.load(calendar, store)) {
        fail(1, QStringLiteral("the calendar file cannot be read: ") + store);
    }
    QJsonObject result;
    if (apply) {
        // The message is read against a calendar of its own, so that nothing is merged behind our back.
        const Message message = parsed(format, emptyCalendar());
        result.insert(QStringLiteral("method"), method(message.method));
        result.insert(QStringLiteral("outcome"), taken(calendar, message));
        if (!format.save(calendar, store)) {
            fail(1, QStringLiteral("the calendar file cannot be written: ") + store);
        }
    }
    QJsonArray events;
    const auto held = calendar->rawEvents();
    for (const Event::Ptr &event : held) {
        events.append(described(event));
    }
    result.insert(QStringLiteral("events"), events);
    print(QString::fromUtf8(QJsonDocument(result).toJson()));
    return 0;
}

// The invitation as its receiver answers it: only the answering attendee stays (RFC 5546 section 3.2.3).
Event::Ptr asSeenBy(ICalFormat &format, const QString &email)
{
    const Message message = parsed(format, emptyCalendar());
    const Event::Ptr event(message.event->clone());
    const Attendee me = event->attendeeByMail(email);
    if (me.isNull()) {
        fail(1, QStringLiteral("not invited: ") + email);
    }
    event->clearAttendees();
    event->addAttendee(me);
    return event;
}

void setStatus(const Event::Ptr &event, Attendee::PartStat chosen)
{
    Attendee me = event->attendees().constFirst();
    me.setStatus(chosen);
    me.setRSVP(false);
    event->clearAttendees();
    event->addAttendee(me);
}

void comment(const Event::Ptr &event, const QStringList &args, int at)
{
    if (args.size() > at && !args.at(at).isEmpty()) {
        event->addComment(args.at(at));
    }
}

QDateTime instant(const QString &text)
{
    const QDateTime time = QDateTime::fromString(text, Qt::ISODate);
    if (!time.isValid() || time.timeSpec() == Qt::LocalTime) {
        fail(2, QStringLiteral("not an instant in RFC 3339: ") + text);
    }
    return time.toUTC();
}

int reply(const QStringList &args)
{
    ICalFormat format;
    const QString answer = args.at(2);
    const Event::Ptr event = asSeenBy(format, args.at(3));
    if (answer == QLatin1String("accepted")) {
        setStatus(event, Attendee::Accepted);
    } else if (answer == QLatin1String("declined")) {
        setStatus(event, Attendee::Declined);
    } else if (answer == QLatin1String("tentative")) {
        setStatus(event, Attendee::Tentative);
    } else {
        fail(2, QStringLiteral("neither accepted, declined nor tentative: ") + answer);
    }
    comment(event, args, 4);
    print(format.createScheduleMessage(event, iTIPReply));
    return 0;
}

int counter(const QStringList &args)
{
    ICalFormat format;
    const Event::Ptr event = asSeenBy(format, args.at(4));
    event->setDtStart(instant(args.at(2)));
    event->setDtEnd(instant(args.at(3)));
    comment(event, args, 5);
    print(format.createScheduleMessage(event, iTIPCounter));
    return 0;
}

int refresh(const QStringList &args)
{
    ICalFormat format;
    print(format.createScheduleMessage(asSeenBy(format, args.at(2)), iTIPRefresh));
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const QStringList args = QCoreApplication::arguments();
    const QString command = args.value(1);
    if (command == QLatin1String("apply") && args.size() == 3) {
        return keep(args, true);
    }
    if (command == QLatin1String("show") && args.size() == 3) {
        return keep(args, false);
    }
    if (command == QLatin1String("reply") && (args.size() == 4 || args.size() == 5)) {
        return reply(args);
    }
    if (command == QLatin1String("counter") && (args.size() == 5 || args.size() == 6)) {
        return counter(args);
    }
    if (command == QLatin1String("refresh") && args.size() == 3) {
        return refresh(args);
    }
    fail(2, QStringLiteral("usage: kitip apply STORE | show STORE | reply ANSWER ATTENDEE [COMMENT] | "
                           "counter START END ATTENDEE [COMMENT] | refresh ATTENDEE"));
}
