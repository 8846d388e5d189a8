/// What a flow is, as its content tells. A port is never enough.
///
/// The raw values are Zeek's words for services where it has one, and the names that an input contract gives to what it
/// leaves out.
package enum Service: String, Sendable, CaseIterable {
  case ssl, dtls, quic, http, ssh
  case dns, mdns, llmnr, netbios, ssdp, dhcp, dhcpv6, ntp
  case wsDiscovery = "ws-discovery", dropboxLAN = "dropbox-lan", spotifyLAN = "spotify-lan"
}
