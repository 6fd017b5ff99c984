using AlignService.Cli.Output;

namespace AlignService.Cli.Connections;

/// <summary>Reads the address of a server: a URL, or host:port for short.</summary>
internal static class ServerAddress
{
    public static Uri Parse(string text)
    {
        string url = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
        {
            throw new CommandException(ExitCode.BadInput, $"The server address \"{text}\" is invalid; give http://HOST:PORT, https://HOST:PORT or HOST:PORT.");
        }

        return address;
    }
}
