/** Numbers of the Parquet format (parquet.thrift of apache/parquet-format), and what this writer chooses of it. */

/** What a file begins and ends with: "PAR1". */
export const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31);

/** `Type` */
export const TYPE_INT32 = 1;
export const TYPE_INT64 = 2;
export const TYPE_BYTE_ARRAY = 6;

/** `ConvertedType` */
export const CONVERTED_UTF8 = 0;
export const CONVERTED_INT_32 = 17;
export const CONVERTED_INT_64 = 18;

/**
 * `FieldRepetitionType` of columns: 0 required, 1 optional. Numbers are null where a record has none (delivery 4.4).
 * Strings never are: `-` stands there. They are optional all the same (inferred): readers that put files of several
 * writers together take such columns for nullable, and it costs six bytes a page.
 */
export const INTEGER_REPETITION = 1;
export const STRING_REPETITION = 1;

/**
 * `Encoding`. Dictionary pages and their indices go by the number of format 1 (PLAIN_DICTIONARY), which readers of every
 * age know; so does the version in the footer.
 */
export const ENCODING_PLAIN = 0;
export const ENCODING_DICTIONARY = 2;
export const ENCODING_RLE = 3;
export const FORMAT_VERSION = 1;

/** `CompressionCodec` */
export const CODEC_GZIP = 2;

/** `PageType` */
export const PAGE_DATA = 0;
export const PAGE_DICTIONARY = 2;

/** Who wrote the file: "application version number", as readers parse it. Says nothing of the machine. */
export const CREATED_BY = 'weir version 1';

/** Rows of a row group at most: 1 MB of a column of INT_64, one page. */
export const ROW_GROUP_ROWS = 1 << 17;
/** A row group takes no further batch once its distinct strings take so many bytes. */
export const ROW_GROUP_STRING_BYTES = 1 << 24;
/** Row groups of a file: their ordinal is a signed 16-bit number. */
export const MAX_ROW_GROUPS = 1 << 15;
/** A data page of strings without a dictionary is closed at so many bytes. */
export const PAGE_BYTES = 1 << 20;
/** A larger dictionary gives way to plain values, unless these would take MAX_PLAIN_BYTES and more. */
export const MAX_DICTIONARY_BYTES = 1 << 22;
export const MAX_PLAIN_BYTES = 1 << 24;
/** Distinct numbers of a dictionary. */
export const MAX_INTEGER_ENTRIES = 1 << 16;
/** What a dictionary page costs beside its entries: its header and the gzip frame. */
export const DICTIONARY_PAGE_COST = 64;
/** A column chunk with a longer smallest or largest string has neither in its statistics: the footer stays small. */
export const MAX_STATISTICS_BYTES = 256;
