using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AlignService.Specs.Rewards.Remote;
using AlignService.Text;

namespace AlignService.Specs.Rewards.Judging;

/// <summary>Reads scores from what a judge writes. What is not clear is no score, with the reason.</summary>
internal static partial class JudgeAnswer
{
    /// <summary>A verdict stands at the end.</summary>
    private const int ReadLength = 1 << 16;

    private const int MaxLooseBraces = 1000;

    private const string EndOfThought = "</think>";

    /// <summary>One answer for each completion of the unit.</summary>
    public static IReadOnlyList<ScoreAnswer> Read(string text, ScoringUnit unit, JudgeOptions options)
    {
        string verdict = text[Math.Max(0, text.Length - ReadLength)..];
        verdict = verdict[(verdict.LastIndexOf(EndOfThought, StringComparison.Ordinal) is >= 0 and var end ? end + EndOfThought.Length : 0)..];
        return options switch
        {
            { RankGroup: true } => Ranking(verdict, unit),
            { Rubric.Count: > 0 } => [Rubric(verdict, options.Rubric)],
            { JsonField: { } field } => [Field(verdict, field, options)],
            { Labels.Count: > 0 } => [Label(verdict, options.Labels) is { } label ? ScoreAnswer.Of(label.Score) : None("the judge's answer has none of the labels", verdict)],
            _ => [LastNumber(verdict, options)],
        };
    }

    private static ScoreAnswer LastNumber(string text, JudgeOptions options)
    {
        if (Number().Matches(text).LastOrDefault() is not { } match)
        {
            return None("the judge's answer has no number", text);
        }

        string written = match.Groups["number"].Value;
        char before = match.Index > 0 ? text[match.Index - 1] : ' ', after = match.Index + match.Length < text.Length ? text[match.Index + match.Length] : ' ';
        bool isPart = char.IsLetterOrDigit(before) || before is '.' or ',' or '/' || char.IsLetter(after) || written.Contains(',');
        if (isPart || !double.TryParse(written.Replace('\u2212', '-'), NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            return None("the last number of the judge's answer is part of something else", text);
        }

        return match.Groups["of"] is { Success: true } of && double.Parse(of.Value, CultureInfo.InvariantCulture) != options.MaxScore // digits and a point
            ? None($"the judge's answer is {ShortText.Cut(match.Value, 60)}, but max_score is {(options.MaxScore is { } most ? most.ToString(CultureInfo.InvariantCulture) : "not set")}", text)
            : InRange(number, options);
    }

    private static ScoreAnswer InRange(double number, JudgeOptions options) =>
        !double.IsFinite(number) || number < options.MinScore || number > options.MaxScore
            ? ScoreAnswer.None(FormattableString.Invariant($"the judge's score is {number}, outside [{options.MinScore ?? double.NegativeInfinity}, {options.MaxScore ?? double.PositiveInfinity}]"))
            : ScoreAnswer.Of(number);

    /// <summary>The label that ends last; of two that end together, the longer.</summary>
    private static JudgeLabel? Label(string text, IReadOnlyList<JudgeLabel> labels) => labels
        .Select(label => (Label: label, End: EndOfLast(text, label.Label)))
        .Where(found => found.End >= 0)
        .OrderByDescending(found => found.End)
        .ThenByDescending(found => found.Label.Label.Length)
        .Select(found => found.Label)
        .FirstOrDefault();

    /// <summary>Of a word by itself; -1 where there is none. A single letter must be as it is written: "a" is also a word.</summary>
    private static int EndOfLast(string text, string label)
    {
        StringComparison comparison = label.Length == 1 ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        for (int start = text.LastIndexOf(label, comparison); start >= 0; start = start == 0 ? -1 : text.LastIndexOf(label, start - 1 + label.Length - 1, comparison))
        {
            int end = start + label.Length;
            bool startsWord = start == 0 || !(char.IsLetterOrDigit(text[start - 1]) && char.IsLetterOrDigit(label[0]));
            bool endsWord = end == text.Length || !(char.IsLetterOrDigit(text[end]) && char.IsLetterOrDigit(label[^1]));
            if (startsWord && endsWord)
            {
                return end;
            }
        }

        return -1;
    }

    private static ScoreAnswer Field(string text, string path, JudgeOptions options)
    {
        if (LastObject(text) is not { } json)
        {
            return None("the judge's answer has no JSON object", text);
        }

        JsonElement value = json;
        foreach (string name in path.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                return None($"the judge's JSON has no {path}", text);
            }
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number => InRange(value.TryGetDouble(out double number) ? number : double.NaN, options),
            JsonValueKind.True => ScoreAnswer.Of(1),
            JsonValueKind.False => ScoreAnswer.Of(0),
            JsonValueKind.String when options.Labels.FirstOrDefault(label => label.Label.Equals(value.GetString()!.Trim(), StringComparison.OrdinalIgnoreCase)) is { } label => ScoreAnswer.Of(label.Score),
            JsonValueKind.String when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => InRange(number, options),
            _ => None($"{path} of the judge's JSON is neither a number nor a label", text),
        };
    }

    private static ScoreAnswer Rubric(string text, IReadOnlyList<RubricCriterion> rubric)
    {
        if (LastObject(text) is not { } json || !json.TryGetProperty("criteria", out JsonElement list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() != rubric.Count)
        {
            return None($"the judge's answer does not end with JSON that has {rubric.Count} criteria", text);
        }

        bool?[] met = [.. list.EnumerateArray().Select(Holds)];
        return met.Any(one => one is null)
            ? None("a criterion of the judge's answer is neither yes nor no", text)
            : ScoreAnswer.Of(rubric.Zip(met).Sum(pair => pair.Second == true ? pair.First.Weight : 0) / rubric.Sum(criterion => criterion.Weight));
    }

    private static bool? Holds(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => value.GetString()!.Trim().ToUpperInvariant() switch
        {
            "YES" or "TRUE" => true,
            "NO" or "FALSE" => false,
            _ => null,
        },
        _ => null,
    };

    /// <summary>1 for the best to 0 for the worst; equal completions are shown once and score the same.</summary>
    private static IReadOnlyList<ScoreAnswer> Ranking(string text, ScoringUnit unit)
    {
        IReadOnlyList<string> shown = JudgePrompt.Ranked(unit);
        int[]? ranking = LastObject(text) is { } json && json.TryGetProperty("ranking", out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(number => number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out int place) ? place : 0)]
            : null;
        if (ranking is null || !ranking.Order().SequenceEqual(Enumerable.Range(1, shown.Count)))
        {
            ScoreAnswer none = None($"the judge's answer does not end with JSON that ranks 1 to {shown.Count}, each once", text);
            return [.. unit.Completions.Select(_ => none)];
        }

        Dictionary<string, double> scores = ranking.Select((number, rank) => (Text: shown[number - 1], Score: 1 - rank / (shown.Count - 1.0))).ToDictionary(pair => pair.Text, pair => pair.Score);
        return [.. unit.Completions.Select(completion => ScoreAnswer.Of(scores[JudgePrompt.Valid(completion.Request.Completion)]))];
    }

    /// <summary>The last JSON object in a text that is not inside another one; null where there is none.</summary>
    private static JsonElement? LastObject(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        JsonElement? last = null;
        int failures = 0;
        for (int start = Array.IndexOf(bytes, (byte)'{'); start >= 0 && failures < MaxLooseBraces;)
        {
            Utf8JsonReader reader = new(bytes.AsSpan(start));
            int read = 1;
            try
            {
                if (JsonDocument.TryParseValue(ref reader, out JsonDocument? document))
                {
                    using (document)
                    {
                        last = document.RootElement.Clone();
                    }

                    read = (int)reader.BytesConsumed;
                }
            }
            catch (JsonException)
            {
                failures++; // a brace that begins no JSON
            }

            start = start + read < bytes.Length ? Array.IndexOf(bytes, (byte)'{', start + read) : -1;
        }

        return last;
    }

    /// <summary>With the end of the answer, which is where the verdict should be.</summary>
    private static ScoreAnswer None(string reason, string text) => ScoreAnswer.None($"{reason}: \"{ShortText.Cut(text.Length <= 120 ? text.Trim() : "..." + text[^(char.IsLowSurrogate(text[^117]) ? 116 : 117)..].Trim(), 120)}\"");

    [GeneratedRegex(@"(?<number>[-\u2212+]?[0-9]+(?:[.,][0-9]+)?)(?:\s*(?:/|out of)\s*(?<of>[0-9]+(?:\.[0-9]+)?))?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
