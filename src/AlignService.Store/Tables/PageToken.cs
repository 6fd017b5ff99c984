using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AlignService.Jobs;
using AlignService.Jobs.Ports;
using AlignService.Store.Sql;

namespace AlignService.Store.Tables;

/// <summary>Where a page of jobs ended, and of which list: opaque to clients, who must send it back with the same other fields.</summary>
internal sealed record PageToken(long CreateTime, string JobId, string Query, double? Score)
{
    private const int Version = 2;
    private const string NoOthers = "[[],[],\"\",0]";

    public static string Write(Job last, JobQuery query) => PageTokenText.Write(Version, last.CreateTime.ToMicroseconds(), last.Id.Value, Fingerprint(query), last.BestScore);

    public static PageToken Read(string text, JobQuery query)
    {
        PageToken token = Parse(text);
        return token.Query == Fingerprint(query)
            ? token
            : throw new PageTokenException(
                $"page_token belongs to the list [{token.Query}], but this request is for [{Fingerprint(query)}]; keep the other fields, or start again without a token.");
    }

    private static PageToken Parse(string text) => PageTokenText.Read(
        text,
        Version,
        count: 4,
        values => Specs.Resources.JobId.TryParseResourceName($"jobs/{values[1].GetString()}", out _)
            ? new PageToken(values[0].GetInt64(), values[1].GetString()!, values[2].GetString()!, values[3].ValueKind == JsonValueKind.Null ? null : values[3].GetDouble())
            : null,
        "a list of jobs");

    /// <summary>States in words, and a hash of the other conditions where there are any.</summary>
    private static string Fingerprint(JobQuery query)
    {
        string states = string.Join(",", query.States.Distinct().Order().Select(state => state.ToText()));
        JobFilter filter = query.Filter;
        string others = JsonSerializer.Serialize(new object[] { filter.Kinds.Order(), filter.Labels.OrderBy(label => label.Key, StringComparer.Ordinal), filter.DisplayName, (int)filter.Order });
        return others == NoOthers ? states : $"{states};{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(others)))[..16]}";
    }
}
