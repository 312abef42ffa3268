const LONGEST = 254;
const ADDRESS =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]{1,63}$/;

/** Whether `text` is one plain e-mail address, as HTML forms understand it: no name, no comment, nothing quoted. */
export const isEmailAddress = (text: string): boolean => text.length <= LONGEST && ADDRESS.test(text);
