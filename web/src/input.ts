/** Exactly what goes to `inkling_observe`. */
export interface Input {
  /** event_name, page_location, page_referrer, source, medium, device_category, language; "" is missing. */
  strings: string[];
  /** time_us, utc_offset_s, session_id, session_number, engaged_ms, items, price, first_touch_us; 0 is missing. */
  numbers: number[];
}
