/**
 * Imports a package of this folder, which is installed only when somebody asks for it.
 *
 * @param {string} name
 * @throws when it is not installed, saying how to install it.
 */
export async function loadLibrary(name) {
  try {
    return await import(name);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new Error(
      `${name} must be installed to compare with it; it is not. Run: npm ci --ignore-scripts --prefix workers/node/bench/peers`,
      { cause: error },
    );
  }
}
