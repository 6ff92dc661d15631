/** Lines of a row group, unless their strings fill it before. By itself: text is cut by it without the rest of Parquet. */
export const GROUP_LINES = 1 << 16;
