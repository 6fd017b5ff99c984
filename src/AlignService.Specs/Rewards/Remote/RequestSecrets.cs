using System.Globalization;
using System.Text.RegularExpressions;
using AlignService.Specs.Violations;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>The headers of a source's calls, with what they refer to; and what is taken out of every text that the other side writes.</summary>
internal sealed partial class RequestSecrets
{
    private const string Hidden = "***";
    private const int ShortestHidden = 4;

    private readonly string[] _values;

    private RequestSecrets(IReadOnlyDictionary<string, string> headers, IEnumerable<string> values)
    {
        Headers = headers;
        _values = [.. values.Where(value => value.Length >= ShortestHidden).OrderByDescending(value => value.Length)];
    }

    /// <summary>In lower case, ready to be sent.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <param name="token">Of the authorization header; null is none.</param>
    /// <param name="headers">Values, or references to them.</param>
    /// <param name="policy">Which secrets the job may name.</param>
    /// <exception cref="SecretException">A secret cannot be had.</exception>
    public static RequestSecrets Read(string? token, IReadOnlyDictionary<string, string> headers, SecretPolicy policy)
    {
        Dictionary<string, string> sent = [];
        List<string> values = [];
        foreach ((string name, string value) in headers)
        {
            sent[name.ToLower(CultureInfo.InvariantCulture)] = Value(value);
        }

        if (token is not null)
        {
            sent["authorization"] = $"Bearer {Value(token)}";
        }

        return new(sent, values);

        string Value(string text)
        {
            if (!SecretReference.TryParse(text, out SecretReference reference))
            {
                return text;
            }

            values.Add(reference.Read(policy));
            return values[^1];
        }
    }

    /// <summary>The text without secrets.</summary>
    public string Redact(string text) => _values.Aggregate(text, (clean, value) => clean.Replace(value, Hidden, StringComparison.Ordinal));

    /// <summary>Rules about the two settings; no value that may be a secret is quoted.</summary>
    public static void Check(string? token, IReadOnlyDictionary<string, string> headers, FieldViolations at)
    {
        if (token is not null && !SecretReference.TryParse(token, out _))
        {
            at.Add("token", "it is not a reference; specs are stored and shown, so write env:NAME or file:PATH, which the worker reads.");
        }

        foreach ((string name, string value) in headers)
        {
            string field = $"headers[{name}]";
            if (!HeaderName().IsMatch(name) || Taken().IsMatch(name))
            {
                at.Add(field, HeaderName().IsMatch(name) ? "it is set by the client itself; leave it out." : "it is not a header's name; use letters, digits and '-'.");
            }
            else if (!SecretReference.TryParse(value, out _) && (Secret().IsMatch(name) || value.Any(character => character is < ' ' or > '~')))
            {
                at.Add(field, Secret().IsMatch(name)
                    ? "by its name it is a secret; specs are stored and shown, so write env:NAME or file:PATH, which the worker reads."
                    : "its value has a line break or another character that a header cannot have.");
            }
        }

        if (token is not null && headers.Keys.Any(name => name.Equals("authorization", StringComparison.OrdinalIgnoreCase)))
        {
            at.Add("token", "headers have authorization as well; leave one of the two out.", ViolationCode.Conflict);
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,100}\z")]
    private static partial Regex HeaderName();

    [GeneratedRegex(@"\A(host|content-.*|transfer-encoding|te|connection|upgrade|traceparent|tracestate|grpc-.*|user-agent|expect|.*-bin)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Taken();

    [GeneratedRegex("auth|cookie|key|token|secret|password|credential", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();
}
