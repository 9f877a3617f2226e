//! A label of 4 by 6 inches at 203 dots per inch, in ZPL II.

use super::{LabelDocument, LabelFormat, ReturnCentre};

/// Longest line of text on the label, in characters; the rest is cut off.
const LINE_CHARS_MAX: usize = 40;

/// The label: where it goes, the parcel, and the tracking number as a Code 128 barcode. Nothing
/// on it is personal data, since a return parcel needs no sender to be delivered.
pub(super) fn document(tracking_number: &str, parcel: &str, to: &ReturnCentre) -> LabelDocument {
    let name = field(&to.name);
    let country = to.country;
    let parcel = field(parcel);
    let number = field(tracking_number);
    let zpl = format!(
        "^XA\n\
         ^CI28\n\
         ^PW812\n\
         ^LL1218\n\
         ^FO40,60^A0N,40,40^FH_^FDRETURN^FS\n\
         ^FO40,140^A0N,50,50^FH_^FD{name}^FS\n\
         ^FO40,220^A0N,50,50^FH_^FD{country}^FS\n\
         ^FO40,320^A0N,30,30^FH_^FD{parcel}^FS\n\
         ^FO40,420^GB732,4,4^FS\n\
         ^FO80,480^BY3^BCN,240,Y,N,N,A^FH_^FD{number}^FS\n\
         ^XZ\n"
    );
    LabelDocument {
        media_type: LabelFormat::Zpl.media_type(),
        bytes: zpl.into_bytes(),
    }
}

/// Text as field data: what the printer would take for a command is written in hexadecimal.
fn field(text: &str) -> String {
    text.chars()
        .take(LINE_CHARS_MAX)
        .map(|c| match c {
            '^' | '~' | '_' | '\\' => format!("_{:02X}", u32::from(c)),
            c if c.is_control() => ' '.to_string(),
            c => c.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_give_the_printer_commands() {
        for (text, data) in [
            ("Lager Köln", "Lager Köln"),
            ("A^XZ~JA", "A_5EXZ_7EJA"),
            ("a_b\\c", "a_5Fb_5Cc"),
            ("a\nb", "a b"),
            (&"x".repeat(90), &"x".repeat(LINE_CHARS_MAX)),
        ] {
            assert_eq!(field(text), *data);
        }
    }
}
