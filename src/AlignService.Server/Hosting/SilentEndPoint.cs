using System.Net;

namespace AlignService.Server.Hosting;

/// <summary>An endpoint that nobody can connect to: it only carries the HTTP/1.1 pipeline that <see cref="HttpVersionSplitter"/> hands connections to.</summary>
internal sealed class SilentEndPoint : EndPoint
{
    public override string ToString() => "http1";
}
