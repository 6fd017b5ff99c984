using System.Text.Json;
using System.Text.Json.Nodes;
using AlignService.Specs.Data.Formats;
using AlignService.Specs.Rewards.Remote;

namespace AlignService.Specs.Rewards.Judging;

/// <summary>One judge: a model behind a chat endpoint that is compatible with OpenAI's. A call asks about one completion, or one group.</summary>
internal sealed class JudgeScorer(string model, JudgeOptions options, ScorerTarget target, RequestSecrets secrets, NetworkPolicy network) : IScorer
{
    /// <summary>Fewer than most tokenizers take, so a budget is rather kept than not.</summary>
    private const int BytesPerToken = 3;

    private const int MostTokens = 10_000_000;

    private readonly JudgePrompt _prompt = new(options);
    private readonly ScorerHttp _http = new(target.Address, secrets, target.Calls, network);

    /// <summary>The model, like everything that is asked, is part of the content.</summary>
    public string Identity { get; } = $"judge {target.Source} {target.Address.AbsoluteUri} {options.Identity}";

    public int BatchSize => 1;

    public IReadOnlyList<ScoreAnswer>? AnswerWithoutCall(ScoringUnit unit)
    {
        if (options.RankGroup && unit.Completions.Count < 2)
        {
            return [ScoreAnswer.None("a ranking needs at least two completions of a prompt")];
        }

        if (options.RankGroup && JudgePrompt.Ranked(unit).Count == 1)
        {
            return [.. unit.Completions.Select(_ => ScoreAnswer.Of(0.5))];
        }

        try
        {
            _prompt.Fill(unit);
            return null;
        }
        catch (DataRowException fault)
        {
            return [.. unit.Completions.Select(_ => ScoreAnswer.None($"the judge cannot be asked: {fault.Message}"))];
        }
    }

    public byte[] ContentOf(ScoringUnit unit)
    {
        JsonArray messages = [.. options.System is { } system ? new JsonNode[] { Message("system", system) } : [], Message("user", _prompt.Fill(unit))];
        JsonObject request = new() { ["model"] = model, ["messages"] = messages, ["temperature"] = options.Temperature, ["max_tokens"] = options.MaxTokens };
        foreach ((string name, JsonNode? value) in options.RequestJson is { } further ? JsonNode.Parse(further)!.AsObject() : [])
        {
            if (value is null)
            {
                request.Remove(name);
            }
            else
            {
                request[name] = value.DeepClone();
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(request);
    }

    public int ExpectedTokens(AskedUnit unit) => unit.Content.Length / BytesPerToken + options.MaxTokens;

    public async Task<ScorerReply> AskAsync(IReadOnlyList<AskedUnit> batch, CancellationToken cancellationToken)
    {
        byte[] answer = await _http.PostAsync(batch[0].Content, cancellationToken);
        ChatAnswer chat;
        try
        {
            chat = ChatAnswer.Read(JsonElement.Parse(answer));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            // The second: a value of another kind, or text that is half of a surrogate pair.
            throw new ScorerException("its answer is not a chat completion", isTransient: false);
        }

        ScoreAnswer[] scores = chat.IsCut
            ? [.. batch[0].Unit.Completions.Select(_ => ScoreAnswer.None($"the judge's answer was cut at its limit of tokens (max_tokens is {options.MaxTokens})"))]
            : [.. JudgeAnswer.Read(chat.Text, batch[0].Unit, options).Select(score => score.NoScore is { } reason ? ScoreAnswer.None(secrets.Redact(reason)) : score)];
        return new ScorerReply([new(scores, null)]) { Tokens = chat.Tokens };
    }

    public void Dispose() => _http.Dispose();

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    /// <param name="Text">What the model wrote.</param>
    /// <param name="IsCut">It ended at its limit.</param>
    /// <param name="Tokens">Of prompt and answer; 0 where it does not say.</param>
    private readonly record struct ChatAnswer(string Text, bool IsCut, long Tokens)
    {
        public static ChatAnswer Read(JsonElement json)
        {
            JsonElement choice = json.GetProperty("choices")[0], content = choice.GetProperty("message").GetProperty("content");
            string text = content.ValueKind switch
            {
                JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part => part.TryGetProperty("text", out JsonElement piece) ? piece.GetString() : "")),
                JsonValueKind.Null => "",
                _ => content.GetString()!,
            };
            bool isCut = choice.TryGetProperty("finish_reason", out JsonElement reason) && reason.ValueKind == JsonValueKind.String && reason.GetString() == "length";
            bool counts = json.TryGetProperty("usage", out JsonElement usage) && usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty("total_tokens", out JsonElement total) && total.ValueKind == JsonValueKind.Number
                && total.TryGetInt64(out long given) && given is >= 0 and <= MostTokens;
            return new(text, isCut, counts ? usage.GetProperty("total_tokens").GetInt64() : 0);
        }
    }
}
