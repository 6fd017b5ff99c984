using System.Text.Json;
using AlignService.Text.Chat.Rendering;
using AlignService.Text.Chat.Values;

namespace AlignService.Text.Chat;

/// <summary>The variables available to a template, as prepared by transformers.</summary>
internal static class ChatTemplateVariables
{
    private static readonly string[] ReasoningKeys = ["reasoning_content", "thinking", "reasoning"];

    public static Scope From(ChatTemplateInput input)
    {
        var scope = new Scope(null)
        {
            ["messages"] = Messages(input.Messages),
            ["tools"] = OrNone(input.Tools),
            ["documents"] = OrNone(input.Documents),
            ["add_generation_prompt"] = input.AddGenerationPrompt,
        };
        SetIfGiven(scope, "bos_token", input.BosToken);
        SetIfGiven(scope, "eos_token", input.EosToken);
        if (input.Extra is { ValueKind: not JsonValueKind.Null } extra)
        {
            if (extra.ValueKind != JsonValueKind.Object)
            {
                throw new TemplateFault($"the further variables are a JSON {extra.ValueKind}, not an object");
            }

            foreach ((object name, object value) in ((Mapping)JsonValues.From(extra)).Entries)
            {
                scope[(string)name] = value;
            }
        }

        return scope;
    }

    private static void SetIfGiven(Scope scope, string name, string? value)
    {
        if (value is not null)
        {
            scope[name] = value;
        }
    }

    private static object OrNone(JsonElement? element) => element is { } given ? JsonValues.From(given) : None.Value;

    private static object Messages(JsonElement messages) => messages.ValueKind == JsonValueKind.Array
        ? Sequence.List([.. messages.EnumerateArray().Select(Message)])
        : throw new TemplateFault("the messages are not a list");

    // Keys without a value go; reasoning is offered under both names that templates use.
    private static object Message(JsonElement element)
    {
        if (JsonValues.From(element) is not Mapping given)
        {
            return JsonValues.From(element);
        }

        List<KeyValuePair<object, object>> entries = [.. given.Entries.Where(entry => entry.Value is not None)];
        object? reasoning = ReasoningKeys
            .Select(key => entries.Find(entry => Equals(entry.Key, key)).Value)
            .FirstOrDefault(value => value is not null);
        var message = new Mapping();
        if (reasoning is not null)
        {
            message["thinking"] = reasoning;
        }

        foreach ((object key, object value) in entries)
        {
            message[key] = value;
        }

        if (reasoning is not null)
        {
            message["reasoning_content"] = reasoning;
        }

        return message;
    }
}
