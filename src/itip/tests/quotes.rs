//! What is not the writer's own: quotes, signatures, and what programs write themselves.

use super::super::{new_words, remark};

#[test]
fn only_the_new_words_of_an_answer_are_kept() {
    let rows = [
        (
            "3pm?\n\nOn Fri, 20 Nov 2026 at 10:00, Ben via Entente <x@entente.test> wrote:\n> Hello\n> at 10:30",
            "3pm?",
        ),
        (
            "3pm?\r\n\r\nOn Friday, November 20, 2026 at 10:00:00 AM GMT+1, Ben via Entente\r\n<x@entente.test> wrote:\r\n\r\n> Hello\r\n",
            "3pm?",
        ),
        ("On Fri, 20 Nov 2026, Ben wrote:\n> Hello\n> at 10:30\n\nCan we do 3pm?\n", "Can we do 3pm?"),
        ("> at 10:30?\nno, 3pm\n> Room 4?\nyes", "no, 3pm\nyes"),
        ("3pm?\n\nAm 20.11.2026 um 10:00 schrieb Ben via Entente:\n> Hallo", "3pm?"),
        (
            "3pm?\n\nAm Fr., 20. Nov. 2026 um 10:00 Uhr schrieb Ben via Entente <\nx@entente.test>:\n\n> Hallo",
            "3pm?",
        ),
        (
            "15h ?\n\nLe ven. 20 nov. 2026 à 10:00, Ben via Entente <x@entente.test> a écrit :\n\n> Bonjour",
            "15h ?",
        ),
        ("15h?\n\nEl vie, 20 nov 2026 a las 10:00, Ben (<x@entente.test>) escribió:\n\n> Hola", "15h?"),
        ("3pm?\n\n-----Original Message-----\nFrom: Ben\nSent: Friday\n\n10:30", "3pm?"),
        ("15 Uhr?\n\n-----Ursprüngliche Nachricht-----\nVon: Ben\n10:30", "15 Uhr?"),
        (
            "3pm?\n\n________________________________\nFrom: Ben via Entente <x@entente.test>\nSent: Friday, November 20, 2026 10:00\nTo: Ana\nSubject: Practice",
            "3pm?",
        ),
        (
            "3pm?\n\nFrom: Ben via Entente <x@entente.test>\nDate: Friday, 20 November 2026 at 10:00\nTo: Ana\nSubject: Practice\n\n10:30",
            "3pm?",
        ),
        (
            "15 Uhr?\n\nVon: Ben <x@entente.test>\nGesendet: Freitag, 20. November 2026 10:00\nAn: Ana\nBetreff: Probe\n",
            "15 Uhr?",
        ),
        (
            "15h?\n\nDe : Ben <x@entente.test>\nEnvoyé : vendredi 20 novembre 2026 10:00\nÀ : Ana\nObjet : Séance\n",
            "15h?",
        ),
        ("3pm?\n-- \nAna Guest\n+33 1 55 55 12 34", "3pm?"),
        ("3pm?\n\nSent from my iPhone", "3pm?"),
        (
            "3pm?\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\nFrom: x",
            "3pm?",
        ),
        (
            "15 Uhr?\n\nVon meinem iPhone gesendet\n\n> Am 20.11.2026 um 10:00 schrieb Ben:\n> Hallo",
            "15 Uhr?",
        ),
        ("15h ?\n\nEnvoyé de mon iPhone", "15h ?"),
        ("From: here on, I am free.\nWhat about 3pm?", "From: here on, I am free.\nWhat about 3pm?"),
        ("He wrote: yes\n3pm?", "He wrote: yes\n3pm?"),
        ("", ""),
        ("> only\n> quoted", ""),
    ];
    for (text, expected) in rows {
        assert_eq!(new_words(text), expected, "{text}");
    }
}

#[test]
fn what_programs_write_into_an_answer_is_not_the_persons() {
    let rows = [
        "Ana Guest has accepted this invitation.",
        "Ana Guest has accepted your invitation",
        "Ana Guest accepted",
        "Ana Guest accepted your invitation",
        "accepted",
        "Accepted: Practice Session",
        "delegated",
        "RSVP",
        "Ana Guest has replied \"Yes\" with this note:\n\n\"Can we do 3pm?\"",
        "Ana Guest hat Ihre Einladung angenommen.",
        "Ana Guest a accepté votre invitation.",
        "Ana Guest ha aceptado la invitación.",
        "When: Wednesday, November 25, 2026 10:30 AM\nWhere: Room 4",
        "*When: * Wednesday",
        "Ana Guest will attend the event Practice Session at 3pm.",
        "",
    ];
    for text in rows {
        assert_eq!(remark(text), "", "{text}");
    }
}

#[test]
fn what_a_person_adds_to_an_answer_is_theirs() {
    let rows = [
        ("Can we do 3pm on Tuesday?", "Can we do 3pm on Tuesday?"),
        ("Accepted. Looking forward!", "Accepted. Looking forward!"),
        ("I have accepted, but 3pm would be better.", "I have accepted, but 3pm would be better."),
        ("Robin has declined, so could you do 3pm?", "Robin has declined, so could you do 3pm?"),
        ("Fine with me.\n\nAna Guest has accepted this invitation.\n\nWhen: Wednesday", "Fine with me."),
        ("3pm?\n\n-----Original Appointment-----\nFrom: Ben\nWhen: Wednesday 10:30", "3pm?"),
        ("When: Wednesday 10:30\nWhere: Room 4\n\n*~*~*~*~*~*~*~*~*~*\n\nCan we do 3pm?\n", "Can we do 3pm?"),
        ("Passt, ich bin um 15 Uhr da.", "Passt, ich bin um 15 Uhr da."),
    ];
    for (text, expected) in rows {
        assert_eq!(remark(text), expected, "{text}");
    }
}
