using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace AlignService.Specs.Data.Formats;

/// <summary>Rows as JSON, in which every text is valid: UTF-8, and without half of a surrogate pair, which only an escape can write.</summary>
internal static class RowJson
{
    private const char Replacement = '\uFFFD';

    /// <exception cref="JsonException">It is not JSON.</exception>
    /// <exception cref="DataRowException">A text in it is not valid; the message names its field.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> json)
    {
        if (ExactText.FindFault(json) is { } fault)
        {
            throw new DataRowException($"{FieldWithFault(json) ?? "it"} {fault}");
        }

        JsonElement row = JsonElement.Parse(json);
        return FindFault(row) is { } half ? throw new DataRowException(half) : row;
    }

    /// <summary>What is wrong with the first text that is not valid, with its field; null where all are.</summary>
    public static string? FindFault(JsonElement json) => MayHaveHalfPairs(JsonMarshal.GetRawUtf8Value(json)) ? FindFault(json, "") : null;

    /// <summary>Almost no text has an escape of a surrogate, so almost no row is walked.</summary>
    private static bool MayHaveHalfPairs(ReadOnlySpan<byte> json) => json.IndexOf("\\ud"u8) >= 0 || json.IndexOf("\\uD"u8) >= 0 || !Utf8.IsValid(json);

    private static string? FindFault(JsonElement json, string path)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in json.EnumerateObject())
                {
                    if (NameOf(property) is not { } name)
                    {
                        return $"the name of a field{(path.Length == 0 ? "" : $" of \"{path}\"")} has half of a surrogate pair, which is not valid text";
                    }

                    if (FindFault(property.Value, path.Length == 0 ? name : $"{path}.{name}") is { } fault)
                    {
                        return fault;
                    }
                }

                return null;
            case JsonValueKind.Array:
                return json.EnumerateArray().Select((item, i) => FindFault(item, $"{path}[{i}]")).FirstOrDefault(fault => fault is not null);
            case JsonValueKind.String when !IsText(json):
                return $"\"{path}\" has half of a surrogate pair (such as \\ud83d alone), which is not valid text";
            default:
                return null;
        }
    }

    private static bool IsText(JsonElement text)
    {
        try
        {
            _ = text.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The field that has the bytes which are not UTF-8, in quotes; null where the row is not JSON either.</summary>
    private static string? FieldWithFault(ReadOnlySpan<byte> json)
    {
        try
        {
            return PathOf(JsonElement.Parse(Encoding.UTF8.GetString(json)), "") is { } path ? $"\"{path}\"" : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? PathOf(JsonElement json, string path) => json.ValueKind switch
    {
        JsonValueKind.Object => json.EnumerateObject()
            .Select(property => property.Name.Contains(Replacement, StringComparison.Ordinal) ? property.Name : PathOf(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}"))
            .FirstOrDefault(found => found is not null),
        JsonValueKind.Array => json.EnumerateArray().Select((item, i) => PathOf(item, $"{path}[{i}]")).FirstOrDefault(found => found is not null),
        JsonValueKind.String when json.GetString()!.Contains(Replacement, StringComparison.Ordinal) => path,
        _ => null,
    };
}
