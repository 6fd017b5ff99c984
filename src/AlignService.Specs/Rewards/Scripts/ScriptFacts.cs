using AlignService.Specs.Data;
using AlignService.Specs.Rewards.Scoring;
using AlignService.Specs.Rewards.Segments;
using Jint;
using Jint.Native;
using Jint.Native.Json;
using Jint.Native.Object;

namespace AlignService.Specs.Rewards.Scripts;

/// <summary>What a script may know about a completion, as JavaScript values: no .NET objects are exposed.</summary>
internal static class ScriptFacts
{
    /// <summary>One object with all of them; they are also global names.</summary>
    public static ObjectInstance Of(Engine engine, ScoringRequest request, IReadOnlyList<CompletionSegment>? segments)
    {
        Prompt prompt = request.Prompt;
        JsObject facts = new(engine);
        Add("completion", JsValueOf(request.Completion));
        Add("prompt", JsValueOf(prompt.Text ?? prompt.Messages?.LastOrDefault(message => message.Role == "user")?.Content));
        Add("messages", prompt.Messages is null ? JsValue.Null : new JsArray(engine, [.. prompt.Messages.Select(message => Message(engine, message))]));
        Add("answer", JsValueOf(prompt.Answer));
        Add("metadata", Metadata(engine, prompt));
        Add("tokenCount", request.TokenCount);
        Add("truncated", request.Truncated ? JsBoolean.True : JsBoolean.False);
        Add("segments", segments is null ? JsValue.Null : new JsArray(engine, [.. segments.Select(segment => JsValueOf(segment.Text))]));
        return facts;

        void Add(string name, JsValue value)
        {
            facts.Set(name, value);
            engine.SetValue(name, value);
        }
    }

    private static ObjectInstance Message(Engine engine, PromptMessage message)
    {
        ObjectInstance turn = message.FieldsJson is { } further ? new JsonParser(engine).Parse(further).AsObject() : new JsObject(engine);
        turn.Set("role", message.Role);
        turn.Set("content", JsValueOf(message.Content));
        return turn;
    }

    private static JsObject Metadata(Engine engine, Prompt prompt)
    {
        JsObject metadata = new(engine);
        foreach ((string name, string value) in prompt.Metadata)
        {
            metadata.Set(name, value);
        }

        return metadata;
    }

    private static JsValue JsValueOf(string? text) => text is null ? JsValue.Null : (JsValue)text;
}
