//! The little of TNEF (MS-OXTNEF) that a meeting answer from Outlook needs: which answer it is, and the UID
//! of the meeting. Everything else in a `winmail.dat` is passed over.

/// Begins every TNEF stream (MS-OXTNEF, 2.1.3.2).
const SIGNATURE: u32 = 0x223e_9f78;
/// attMessageClass and attMsgProps (MS-OXTNEF, 2.1.3.3).
const MESSAGE_CLASS: u32 = 0x0007_8008;
const PROPERTIES: u32 = 0x0006_9003;
/// `PSETID_Meeting` as it lies on the wire (MS-OXPROPS, 1.3.2).
const MEETING: [u8; 16] =
    [0x90, 0xda, 0xd8, 0x6e, 0x0b, 0x45, 0x1b, 0x10, 0x98, 0xda, 0x00, 0xaa, 0x00, 0x3f, 0x13, 0x05];
/// `PidLidGlobalObjectId` and `PidLidCleanGlobalObjectId` (MS-OXPROPS, 2.142 and 2.57).
const GLOBAL_OBJECT_ID: u32 = 0x03;
const CLEAN_GLOBAL_OBJECT_ID: u32 = 0x23;
/// `PidTagMessageClass`.
const CLASS_TAG: u16 = 0x001a;
/// How many properties are looked at.
const PROPERTIES_MAX: u32 = 4_096;

/// An answer to a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TnefAnswer {
    /// `IPM.Schedule.Meeting.Resp.Pos`.
    Accepted,
    /// `IPM.Schedule.Meeting.Resp.Neg`.
    Declined,
    /// `IPM.Schedule.Meeting.Resp.Tent`.
    Tentative,
}

/// What a `winmail.dat` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tnef {
    /// The message class as it stands there.
    pub class: String,
    /// The meeting's UID, from its (clean) global object id: the one it was invited with, or for a meeting
    /// made in Outlook the id in hexadecimal.
    pub uid: Option<String>,
}

impl Tnef {
    /// Which answer it is, if it is one.
    pub fn answer(&self) -> Option<TnefAnswer> {
        let class = self.class.to_ascii_lowercase();
        // The older attribute has names of its own (MS-OXTNEF, 2.1.3.3.2).
        let ends = |new: &str, old: &str| {
            class == format!("ipm.schedule.meeting.resp.{new}")
                || class == format!("ipm.microsoft schedule.mtgresp{old}")
        };
        if ends("pos", "p") {
            Some(TnefAnswer::Accepted)
        } else if ends("neg", "n") {
            Some(TnefAnswer::Declined)
        } else if ends("tent", "a") {
            Some(TnefAnswer::Tentative)
        } else {
            None
        }
    }
}

/// Reads what can be read; `None` if it is not TNEF or says nothing of use.
pub(super) fn read(bytes: &[u8]) -> Option<Tnef> {
    let mut input = Input(bytes);
    if input.u32()? != SIGNATURE {
        return None;
    }
    input.u16()?;
    let mut found = Tnef::default();
    while let Some((id, data)) = attribute(&mut input) {
        match id {
            MESSAGE_CLASS if found.class.is_empty() => found.class = latin(data),
            PROPERTIES => {
                // What was read before the damage stays.
                let _ = properties(&mut Input(data), &mut found);
            }
            _ => {}
        }
    }
    (!found.class.is_empty() || found.uid.is_some()).then_some(found)
}

/// Level, id, length, data and check sum.
fn attribute<'a>(input: &mut Input<'a>) -> Option<(u32, &'a [u8])> {
    input.take(1)?;
    let id = input.u32()?;
    let length = usize::try_from(input.u32()?).ok()?;
    let data = input.take(length)?;
    input.take(2)?;
    Some((id, data))
}

/// A list of MAPI properties (MS-OXTNEF, 2.1.3.4).
fn properties(input: &mut Input<'_>, found: &mut Tnef) -> Option<()> {
    let count = input.u32()?.min(PROPERTIES_MAX);
    let mut whole = None;
    for _ in 0..count {
        let (kind, tag) = (input.u16()?, input.u16()?);
        let mut name = None;
        if tag >= 0x8000 {
            let set = input.take(16)?;
            if input.u32()? == 0 {
                let id = input.u32()?;
                name = (set == MEETING).then_some(id);
            } else {
                let length = input.u32()?;
                input.padded(length)?;
            }
        }
        let value = value(input, kind)?;
        match (name, tag) {
            (Some(CLEAN_GLOBAL_OBJECT_ID), _) => found.uid = uid(value).or(found.uid.take()),
            (Some(GLOBAL_OBJECT_ID), _) => whole = uid(value),
            // The property names the class in today's words.
            (None, CLASS_TAG) if kind & 0xfff == 0x1e => found.class = latin(value),
            (None, CLASS_TAG) if kind & 0xfff == 0x1f => found.class = wide(value),
            _ => {}
        }
        found.uid = found.uid.take().or_else(|| whole.clone());
    }
    Some(())
}

/// The last value of a property (a property of several values is read through).
fn value<'a>(input: &mut Input<'a>, kind: u16) -> Option<&'a [u8]> {
    let (several, kind) = (kind & 0x1000 != 0, kind & 0x0fff);
    let varies = matches!(kind, 0x1e | 0x1f | 0x0d | 0x102);
    let count = if several || varies { input.u32()? } else { 1 };
    let mut last: &[u8] = &[];
    for _ in 0..count {
        last = match kind {
            0x01 => &[],
            // Small numbers are padded to four bytes.
            0x02 | 0x0b | 0x03 | 0x04 | 0x0a => input.take(4)?,
            0x05 | 0x06 | 0x07 | 0x14 | 0x40 => input.take(8)?,
            0x48 => input.take(16)?,
            0x1e | 0x1f | 0x0d | 0x102 => {
                let length = input.u32()?;
                input.padded(length)?
            }
            _ => return None,
        };
    }
    Some(last)
}

/// The UID inside a global object id (MS-OXOCAL, 2.2.1.27): `vCal-Uid`, 1, then the UID, for a meeting that
/// came as iCalendar; else the id itself without its date.
fn uid(id: &[u8]) -> Option<String> {
    const MARK: &[u8] = b"vCal-Uid\x01\0\0\0";
    let data = id.get(40..)?;
    if let Some(uid) = data.strip_prefix(MARK) {
        let end = uid.iter().position(|b| *b == 0).unwrap_or(uid.len());
        let text = std::str::from_utf8(&uid[..end]).ok()?.trim();
        let fine = !text.is_empty() && text.len() <= 500 && !text.chars().any(char::is_control);
        return fine.then(|| text.to_owned());
    }
    let mut clean = id.get(..id.len().min(500))?.to_vec();
    clean.get_mut(16..20)?.fill(0);
    Some(crate::base::secret::hex(&clean).to_ascii_uppercase())
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().take(256).take_while(|b| **b != 0).map(|b| char::from(*b)).collect()
}

fn wide(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .take_while(|unit| *unit != 0)
        .take(256)
        .collect();
    String::from_utf16_lossy(&units)
}

/// What is left to be read; every reading may come to the end.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }

    /// `length` bytes, padded to four.
    fn padded(&mut self, length: u32) -> Option<&'a [u8]> {
        let length = usize::try_from(length).ok()?;
        let value = self.take(length)?;
        // The last value of a stream may come without its padding.
        let _ = self.take((4 - length % 4) % 4);
        Some(value)
    }

    fn u16(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }
}
