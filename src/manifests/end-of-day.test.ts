import { expect, test } from "vitest";
import { endOfDay } from "./end-of-day.ts";

test.each([
  ["a plain day", "2027-01-15", "Europe/Berlin", "2027-01-15T22:59:59.999Z"],
  ["UTC", "2027-01-15", "UTC", "2027-01-15T23:59:59.999Z"],
  ["the day when summer time begins", "2027-03-28", "Europe/Berlin", "2027-03-28T21:59:59.999Z"],
  ["the day when summer time ends", "2027-10-31", "Europe/Berlin", "2027-10-31T22:59:59.999Z"],
  ["far in the east", "2027-06-30", "Pacific/Kiritimati", "2027-06-30T09:59:59.999Z"],
  ["far in the west", "2027-06-30", "Pacific/Pago_Pago", "2027-07-01T10:59:59.999Z"],
  ["half an hour's offset", "2027-06-30", "Asia/Kolkata", "2027-06-30T18:29:59.999Z"],
  ["half an hour of summer time", "2027-04-03", "Australia/Lord_Howe", "2027-04-03T12:59:59.999Z"],
  [
    "a last hour that comes twice ends with the second",
    "2018-02-17",
    "America/Sao_Paulo",
    "2018-02-18T02:59:59.999Z",
  ],
  ["a next day that begins at one", "2018-11-03", "America/Sao_Paulo", "2018-11-04T02:59:59.999Z"],
  ["a day that was skipped ends before it", "2011-12-30", "Pacific/Apia", "2011-12-30T09:59:59.999Z"],
  ["a leap day", "2028-02-29", "America/New_York", "2028-03-01T04:59:59.999Z"],
])("A11: the end of %s", (_name, date, timezone, instant) => {
  expect(endOfDay(date, timezone)?.toISOString()).toBe(instant);
});

test.each([
  ["no zone", "2027-01-15", "Mars/Olympus"],
  ["an offset", "2027-01-15", "+02:00"],
  ["an empty zone", "2027-01-15", ""],
  ["no day", "2027-02-30", "UTC"],
  ["no date", "soon", "UTC"],
])("there is no end for %s", (_name, date, timezone) => {
  expect(endOfDay(date, timezone)).toBeUndefined();
});
