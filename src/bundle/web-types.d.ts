// age-encryption's own types name two of a browser's; Node has the first under another name, and no use for the second.
type CryptoKey = import('node:crypto').webcrypto.CryptoKey
interface AuthenticationExtensionsPRFValues {
  first: ArrayBufferView
}
