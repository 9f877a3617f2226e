//! Reads the file row by row, plain or compressed with zstd, and names the line of a bad row.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use csv::StringRecord;
use jiff::civil::DateTime;
use ruzstd::decoding::StreamingDecoder;

use super::price::Price;

/// The first bytes of a zstd frame.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
const COLUMNS: [&str; 8] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
];

/// One row of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The invoice; a cancellation begins with C.
    pub invoice: String,
    /// The article.
    pub code: String,
    /// What it is called; may be empty.
    pub description: String,
    /// Units; negative in a cancellation.
    pub quantity: i64,
    /// When, in the shop's local time.
    pub at: DateTime,
    /// Price of a unit.
    pub price: Price,
    /// Who bought; may be empty.
    pub customer: String,
    /// Where the customer lives, as an English name.
    pub country: String,
}

/// The file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not there, or the disk fails.
    #[error("{path} cannot be read")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It begins like zstd but is damaged.
    #[error("{path} is no readable zstd file: {detail}")]
    Zstd {
        /// Which.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// It is no file of this form.
    #[error("the header is not {}", COLUMNS.join(","))]
    Header,
    /// The text is no CSV, or a row has too few or too many fields.
    #[error("not a CSV row of {} fields", COLUMNS.len())]
    Csv(#[source] csv::Error),
    /// A field is wrong.
    #[error("line {line}, {column}: {problem}")]
    Field {
        /// Line of the file, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

/// Every row of the file, in its order.
pub fn read(path: &Path) -> Result<impl Iterator<Item = Result<Row, ReadError>>, ReadError> {
    let mut reader = csv::ReaderBuilder::new().from_reader(open(path)?);
    let header = reader.headers().map_err(ReadError::Csv)?;
    if header.iter().ne(COLUMNS) {
        return Err(ReadError::Header);
    }
    Ok(reader
        .into_records()
        .map(|record| row(&record.map_err(ReadError::Csv)?)))
}

fn open(path: &Path) -> Result<Box<dyn Read>, ReadError> {
    let failed = |source| ReadError::File {
        path: path.to_owned(),
        source,
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut magic = Vec::with_capacity(ZSTD_MAGIC.len());
    file.by_ref()
        .take(ZSTD_MAGIC.len() as u64)
        .read_to_end(&mut magic)
        .map_err(failed)?;
    file.rewind().map_err(failed)?;
    let file = BufReader::new(file);
    if magic != ZSTD_MAGIC {
        return Ok(Box::new(file));
    }
    let decoder = StreamingDecoder::new(file).map_err(|error| ReadError::Zstd {
        path: path.to_owned(),
        detail: error.to_string(),
    })?;
    Ok(Box::new(decoder))
}

fn row(record: &StringRecord) -> Result<Row, ReadError> {
    let text = |column: usize| record.get(column).unwrap_or_default().to_owned();
    Ok(Row {
        invoice: text(0),
        code: text(1),
        description: text(2),
        quantity: parsed(record, 3)?,
        at: parsed(record, 4)?,
        price: parsed(record, 5)?,
        customer: text(6),
        country: text(7),
    })
}

fn parsed<T: FromStr<Err: std::fmt::Display>>(
    record: &StringRecord,
    column: usize,
) -> Result<T, ReadError> {
    let text = record.get(column).unwrap_or_default();
    text.parse().map_err(|error: T::Err| ReadError::Field {
        line: record.position().map_or(0, csv::Position::line),
        column: COLUMNS[column],
        problem: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    /// What became of the rows, or the first error with its causes.
    fn check(text: &[u8], expected: Result<usize, &str>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let rows = read(file.path()).and_then(Iterator::collect::<Result<Vec<Row>, _>>);
        match (rows, expected) {
            (Ok(rows), Ok(count)) => assert_eq!(rows.len(), count),
            (Err(error), Err(part)) => {
                let text = format!("{:#}", anyhow::Error::from(error));
                assert!(text.contains(part), "{text}");
            }
            (rows, _) => panic!("{rows:?}"),
        }
    }

    #[test]
    fn rows_are_read_and_bad_ones_named() {
        let good = "536365,85123A,\"HOLDER, WHITE\",6,2010-12-01T08:26,2.55,17850,EIRE\n";
        let file = |rows: &str| format!("{HEADER}{rows}").into_bytes();
        check(&file(good), Ok(1));
        check(&file(&good.repeat(3)), Ok(3));
        check(b"a,b\n", Err("the header is not InvoiceNo,"));
        check(&file(&format!("{good}1,2,3\n")), Err("line: 3"));
        check(
            &file(&good.replace(",6,", ",six,")),
            Err("line 2, Quantity: "),
        );
        check(
            &file(&good.replace("2.55", "2.5.5")),
            Err("line 2, UnitPrice: `2.5.5` is not a price"),
        );
        check(
            &file(&good.replace("-12-", "-13-")),
            Err("line 2, InvoiceDate: "),
        );
        check(
            &[ZSTD_MAGIC.as_slice(), b"no frame"].concat(),
            Err("is no readable zstd file"),
        );
    }
}
