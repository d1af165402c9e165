// The schema library, as every file here uses it. Zod compiles schemas with `new Function` where it may;
// the page's Content-Security-Policy forbids that, and even trying is reported as a violation. So it is
// told not to before any schema exists, in every thread: nobody imports zod but through this file.
import * as z from "zod";

z.config({ jitless: true });

export * from "zod";
