using System.Text.Json;
using AlignService.Specs.Data;
using AlignService.Text.Chat;
using AlignService.Text.Tokenization;

namespace AlignService.Specs.Prompts;

/// <summary>Renders messages as text with a tokenizer's chat template.</summary>
internal sealed class ChatRenderer
{
    private readonly ChatTemplate _template;
    private readonly Tokenizer _tokenizer;
    private readonly CancellationToken _cancellation;

    private ChatRenderer(ChatTemplate template, Tokenizer tokenizer, CancellationToken cancellationToken) => (_template, _tokenizer, _cancellation) = (template, tokenizer, cancellationToken);

    /// <summary>Null where the tokenizer has no chat template.</summary>
    /// <param name="tokenizer">With its template.</param>
    /// <param name="cancellationToken">Nobody waits for what is rendered any more.</param>
    public static ChatRenderer? For(Tokenizer tokenizer, CancellationToken cancellationToken) => tokenizer.ChatTemplate is ChatTemplate template ? new(template, tokenizer, cancellationToken) : null;

    /// <summary>What a tokenizer has instead of a chat template for ordinary use.</summary>
    public static string Missing(Tokenizer tokenizer) => tokenizer.TemplateNames.Count == 0
        ? "no chat template"
        : $"only the chat templates {string.Join(", ", tokenizer.TemplateNames)}, and none that is called default";

    /// <param name="messages">In order.</param>
    /// <param name="addGenerationPrompt">End with the start of the assistant's turn.</param>
    /// <param name="tools">A JSON list, as text; null is none.</param>
    /// <param name="arguments">Further variables: a JSON object, as text; null is none.</param>
    public string Render(IReadOnlyList<PromptMessage> messages, bool addGenerationPrompt, string? tools = null, string? arguments = null) =>
        _template.Render(Input(messages, addGenerationPrompt, tools, arguments) with { BosToken = _tokenizer.BosToken, EosToken = _tokenizer.EosToken, Cancellation = _cancellation });

    /// <summary>A template's input, except the tokenizer's own tokens.</summary>
    public static ChatTemplateInput Input(IReadOnlyList<PromptMessage> messages, bool addGenerationPrompt, string? tools, string? arguments) => new()
    {
        Messages = JsonSerializer.SerializeToElement(messages.Select(Fields)),
        AddGenerationPrompt = addGenerationPrompt,
        Tools = tools is null ? null : JsonElement.Parse(tools),
        Extra = arguments is null ? null : JsonElement.Parse(arguments),
    };

    private static Dictionary<string, object?> Fields(PromptMessage message)
    {
        Dictionary<string, object?> fields = new() { ["role"] = message.Role, ["content"] = message.Content };
        foreach (JsonProperty further in JsonElement.Parse(message.FieldsJson ?? "{}").EnumerateObject())
        {
            fields[further.Name] = further.Value;
        }

        return fields;
    }
}
