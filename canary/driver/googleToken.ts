/** Access tokens for Google Cloud. Loads its library on first use. */
import type { GoogleConfig } from "../analysis/config/credentials/cloudConfig";

const SCOPE = "https://www.googleapis.com/auth/monitoring.read";

/** @returns a valid token; the library keeps and renews it. @throws Error if there are no credentials. */
export function googleToken(config: GoogleConfig): () => Promise<string> {
    let auth: ReturnType<typeof load> | undefined;
    return async () => {
        auth ??= load(config);
        const token = await (await auth).getAccessToken();
        if (!token) throw new Error("Google returned no access token");
        return token;
    };
}

async function load({ credentialsFile }: GoogleConfig) {
    const { GoogleAuth } = await import("google-auth-library");
    return new GoogleAuth({
        scopes: [SCOPE],
        ...(credentialsFile !== undefined && { keyFilename: credentialsFile }),
    });
}
