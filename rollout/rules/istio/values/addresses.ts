/** Addresses and ports as Istio accepts them. */

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

export function isIp(text: string): boolean {
    return IPV4.test(text) || isIpv6(text);
}

function isIpv6(text: string): boolean {
    const [address = "", ...zone] = text.split("%");
    if (zone.length > 1 || zone[0] === "") return false;
    return /^[\da-fA-F:.]+$/.test(address) && URL.canParse(`http://[${address}]/`);
}

/** ValidateIPSubnet: an IP address or a CIDR block. */
export function isSubnet(text: string): boolean {
    const [address = "", bits, ...rest] = text.split("/");
    if (bits === undefined) return isIp(address);
    const most = IPV4.test(address) ? 32 : 128;
    return (
        rest.length === 0 && isIp(address) && /^(0|[1-9]\d*)$/.test(bits) && Number(bits) <= most
    );
}

export function isPort(port: number): boolean {
    return Number.isInteger(port) && port >= 1 && port <= 65535;
}

const UNIX = "unix://";

export function isUnixUrl(text: string): boolean {
    return text.startsWith(UNIX);
}

/** ValidateUnixAddress: an absolute path, or an abstract socket such as "@name". */
export function isUnixAddress(url: string): boolean {
    const path = url.slice(UNIX.length);
    return path.startsWith("@") || (path.startsWith("/") && !path.endsWith("/"));
}
