using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using AlignService.Text;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>
/// HTTP as rewards use it: addresses are checked, nothing is redirected, decompressed or kept between calls, answers are bounded, and an error says what happened without the
/// request or its secrets.
/// </summary>
internal sealed class ScorerHttp : IDisposable
{
    public const int MaxAnswerBytes = 16 << 20;

    private const string Json = "application/json";
    private const int MaxErrorBytes = 4096;

    private readonly HttpClient _client;
    private readonly Uri _url;
    private readonly RequestSecrets _secrets;

    public ScorerHttp(Uri url, RequestSecrets secrets, CallConfig config, NetworkPolicy network)
    {
        (_url, _secrets) = (url, secrets);
        _client = new(CreateHandler(config, network, usesProxy: true)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <param name="config">How many calls there are at once.</param>
    /// <param name="network">Where it may connect to.</param>
    /// <param name="usesProxy">Go through the worker's proxy (HTTPS_PROXY and so on), unless the address is this machine.</param>
    public static SocketsHttpHandler CreateHandler(CallConfig config, NetworkPolicy network, bool usesProxy) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = usesProxy,
        Proxy = usesProxy ? new OutwardProxy(HttpClient.DefaultProxy) : null,
        MaxConnectionsPerServer = config.Concurrency,
        MaxResponseHeadersLength = 64,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // names may come to mean other machines
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = TimeSpan.FromSeconds(20), // a connection whose other end is gone is noticed, and not used again
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        ConnectCallback = (context, cancellationToken) => network.ConnectAsync(context.DnsEndPoint, cancellationToken),
    };

    /// <summary>Posts JSON in UTF-8; returns that of the answer.</summary>
    /// <exception cref="ScorerException">There is no answer, or it is not JSON by its type, an error, a redirection, or too long.</exception>
    public async Task<byte[]> PostAsync(byte[] json, CancellationToken cancellationToken)
    {
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, _url) { Content = new ByteArrayContent(json) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(Json);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(Json));
            foreach ((string name, string value) in _secrets.Headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (!response.IsSuccessStatusCode)
            {
                throw await ErrorOfAsync(response, cancellationToken);
            }

            string type = response.Content.Headers.ContentType?.MediaType ?? "";
            return type == Json || type.EndsWith("+json", StringComparison.Ordinal)
                ? await ReadAsync(response.Content, MaxAnswerBytes, isCut: false, cancellationToken)
                : throw new ScorerException($"it answered with the content type \"{ShortText.Cut(_secrets.Redact(type), 100)}\"; {Json} is expected", isTransient: false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException && !cancellationToken.IsCancellationRequested)
        {
            throw FaultOf(exception);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>What went wrong on the way there or back.</summary>
    public static ScorerException FaultOf(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is ScorerException refused)
            {
                return refused;
            }
        }

        bool isConfiguration = exception is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.VersionNegotiationError };
        return new($"there was no answer: {ShortText.Cut((exception.InnerException ?? exception).Message)}", isTransient: !isConfiguration);
    }

    private static bool IsTransient(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || ((int)status >= 500 && status != HttpStatusCode.NotImplemented);

    private async Task<ScorerException> ErrorOfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        int status = (int)response.StatusCode;
        if (status is >= 300 and < 400)
        {
            return new($"it redirects (HTTP {status}), which is not followed; name the address that it redirects to", isTransient: false);
        }

        string body = ShortText.Cut(_secrets.Redact(Encoding.UTF8.GetString(await ReadAsync(response.Content, MaxErrorBytes, isCut: true, cancellationToken))).Trim(), 300);
        RetryConditionHeaderValue? retry = response.Headers.RetryAfter;
        return new(string.Create(CultureInfo.InvariantCulture, $"it answered HTTP {status}{(body.Length > 0 ? $": {body}" : "")}"), IsTransient(response.StatusCode))
        {
            RetryAfter = retry?.Delta is { } delta && delta > TimeSpan.Zero ? delta : null,
        };
    }

    /// <exception cref="ScorerException">It is longer than the limit, unless it is to be cut there.</exception>
    private static async Task<byte[]> ReadAsync(HttpContent content, int limit, bool isCut, CancellationToken cancellationToken)
    {
        if (!isCut && content.Headers.ContentLength > limit)
        {
            throw TooLong(limit);
        }

        await using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        ArrayBufferWriter<byte> body = new();
        while (true)
        {
            int count = await stream.ReadAsync(body.GetMemory(8192), cancellationToken);
            body.Advance(count);
            if (count == 0 || (isCut && body.WrittenCount >= limit))
            {
                return body.WrittenSpan[..Math.Min(body.WrittenCount, limit)].ToArray();
            }

            if (body.WrittenCount > limit)
            {
                throw TooLong(limit);
            }
        }
    }

    private static ScorerException TooLong(int limit) => new(string.Create(CultureInfo.InvariantCulture, $"its answer is longer than {limit} bytes"), isTransient: false);

    private sealed class OutwardProxy(IWebProxy proxy) : IWebProxy
    {
        public ICredentials? Credentials
        {
            get => proxy.Credentials;
            set => proxy.Credentials = value;
        }

        public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : proxy.GetProxy(destination);

        public bool IsBypassed(Uri host) => host.IsLoopback || proxy.IsBypassed(host);
    }
}
