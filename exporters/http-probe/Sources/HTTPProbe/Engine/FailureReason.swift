/// Why a probe failed: a fixed list, so that a label of it stays small.
enum FailureReason: String, Sendable, CaseIterable {
    /// The name has no address, or the resolver does not answer.
    case dns
    /// The server refuses connections, or cannot be reached.
    case connect
    case timeout
    /// The handshake failed: no common version or cipher, an alert, no TLS at all.
    case tls
    case certificateExpired = "certificate_expired"
    case certificateUntrusted = "certificate_untrusted"
    /// The certificate is for other names.
    case certificateName = "certificate_name"
    /// The certificate's chain is wrong in another way.
    case certificateInvalid = "certificate_invalid"
    /// Where it leads is not to be probed: a redirect, or a name with such an address.
    case refusedTarget = "refused_target"
    /// The connection ended before an answer came.
    case emptyReply = "empty_reply"
    /// The connection broke while the answer came.
    case receive
    /// The answer is no HTTP.
    case protocolError = "protocol"
    /// The body is not compressed as the module says.
    case encoding
    case bodyTooLarge = "body_too_large"
    /// More redirects than are followed.
    case redirects
    case status
    /// A header that should be there is not, or the other way round.
    case header
    /// The body matches a pattern that it should not match, or the other way round.
    case body
    case cel
    /// A value that a further step needs was not found.
    case capture
    case version
    /// The answer came over TLS and should not.
    case ssl
    /// The answer came without TLS and should not.
    case notSSL = "not_ssl"
    case proxy
    /// No token could be had.
    case oauth
    /// A file that the module names can't be read, for example.
    case configuration
    /// There was no place within the time.
    case overload
    /// Nobody waits for the result any more.
    case canceled
    case other
}
