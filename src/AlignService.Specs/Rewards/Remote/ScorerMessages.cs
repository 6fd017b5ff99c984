using System.Globalization;
using AlignService.Contracts.Reward.V1;
using AlignService.Specs.Data;
using AlignService.Text;
using Google.Protobuf;

namespace AlignService.Specs.Rewards.Remote;

/// <summary>The messages of align.reward.v1: what is asked, and which part of an answer is valid. A score is taken only for an id that was asked for and answered once.</summary>
internal static class ScorerMessages
{
    /// <summary>What a scorer sees of a unit, without what differs from call to call.</summary>
    public static byte[] ContentOf(ScoringUnit unit)
    {
        ScoreRequest content = new();
        content.Completions.AddRange(unit.Completions.Select(completion => ToWire(completion, "", 0)));
        return content.ToByteArray();
    }

    public static ScoreRequest Request(string source, IReadOnlyList<AskedUnit> batch)
    {
        ScoreRequest request = new() { RequestId = $"{Id(batch[0].Key)}-{batch.Count}", Source = source };
        foreach (AskedUnit unit in batch)
        {
            request.Completions.AddRange(unit.Unit.Completions.Select((completion, place) => ToWire(completion, Id(unit, place), completion.Request.Group)));
        }

        return request;
    }

    /// <param name="response">Of the other side, which may say anything.</param>
    /// <param name="batch">What was asked.</param>
    /// <param name="secrets">Taken out of reasons, where the other side repeats them.</param>
    public static ScorerReply Read(ScoreResponse response, IReadOnlyList<AskedUnit> batch, RequestSecrets secrets)
    {
        ILookup<string, CompletionScore> scores = response.Scores.ToLookup(score => score.Id, StringComparer.Ordinal);
        HashSet<string> asked = [.. batch.SelectMany(unit => unit.Unit.Completions.Select((_, place) => Id(unit, place)))];
        string strangers = scores.Any(group => !asked.Contains(group.Key)) ? $" (it scored ids that were not asked for, such as \"{ShortText.Cut(secrets.Redact(scores.First(group => !asked.Contains(group.Key)).Key), 60)}\")" : "";
        return new([.. batch.Select(unit => Read(unit, scores, strangers, secrets))]);
    }

    private static UnitReply Read(AskedUnit unit, ILookup<string, CompletionScore> scores, string strangers, RequestSecrets secrets)
    {
        List<ScoreAnswer> answers = [];
        foreach ((ScorableCompletion completion, int place) in unit.Unit.Completions.Select((completion, place) => (completion, place)))
        {
            CompletionScore[] given = [.. scores[Id(unit, place)]];
            string? fault = given switch
            {
                [] => $"the scorer's answer has no score for it{strangers}",
                [var only] => FaultOf(only, completion),
                _ => $"the scorer scored it {given.Length} times in one answer",
            };
            if (fault is not null)
            {
                return new(null, fault);
            }

            answers.Add(given[0].ResultCase switch
            {
                CompletionScore.ResultOneofCase.Score => ScoreAnswer.Of(given[0].Score),
                CompletionScore.ResultOneofCase.Segments => new(null, null, [.. given[0].Segments.Scores.Select(segment => segment.HasScore ? segment.Score : (double?)null)]),
                _ => ScoreAnswer.None(ShortText.Cut(secrets.Redact(given[0].NoScore))),
            });
        }

        return new(answers, null);
    }

    private static string? FaultOf(CompletionScore score, ScorableCompletion completion) => score.ResultCase switch
    {
        CompletionScore.ResultOneofCase.Score when !double.IsFinite(score.Score) => string.Create(CultureInfo.InvariantCulture, $"the score is {score.Score}, which is not finite"),
        CompletionScore.ResultOneofCase.Segments when completion.Segments is not { } asked => "it has scores of segments, but the reward has no segment_delimiter or segment_per_token",
        CompletionScore.ResultOneofCase.Segments when score.Segments.Scores.Count != completion.Segments.Count => $"it has {score.Segments.Scores.Count} scores for {completion.Segments.Count} segments",
        CompletionScore.ResultOneofCase.Segments when score.Segments.Scores.FirstOrDefault(segment => segment.HasScore && !double.IsFinite(segment.Score)) is { } bad =>
            string.Create(CultureInfo.InvariantCulture, $"the score of a segment is {bad.Score}, which is not finite"),
        _ => null,
    };

    private static Completion ToWire(ScorableCompletion completion, string id, int group)
    {
        Prompt prompt = completion.Request.Prompt;
        Completion wire = new()
        {
            Id = id,
            Prompt = prompt.Text ?? prompt.Messages?.LastOrDefault(message => message.Role == "user")?.Content ?? "",
            ToolsJson = prompt.ToolsJson ?? "",
            Completion_ = completion.Request.Completion,
            Truncated = completion.Request.Truncated,
            TokenCount = completion.Request.TokenCount,
            Group = group,
        };
        wire.Messages.AddRange((prompt.Messages ?? []).Select(ToWire));
        wire.Segments.AddRange((completion.Segments ?? []).Select(segment => segment.Text));
        foreach ((string name, string value) in prompt.Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            wire.Metadata.Add(name, value);
        }

        if (prompt.Answer is { } answer)
        {
            wire.Answer = answer;
        }

        return wire;
    }

    private static ChatMessage ToWire(PromptMessage message)
    {
        ChatMessage wire = new() { Role = message.Role, FieldsJson = message.FieldsJson ?? "" };
        if (message.Content is { } content)
        {
            wire.Content = content;
        }

        return wire;
    }

    private static string Id(AskedUnit unit, int place) => unit.Unit.Completions.Count == 1 ? Id(unit.Key) : string.Create(CultureInfo.InvariantCulture, $"{Id(unit.Key)}-{place}");

    private static string Id(UInt128 key) => key.ToString("x32", CultureInfo.InvariantCulture);
}
