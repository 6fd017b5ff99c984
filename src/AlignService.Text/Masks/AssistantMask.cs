using System.Text.Json;
using AlignService.Text.Chat;
using AlignService.Text.Chat.Rendering;
using AlignService.Text.Tokenization;

namespace AlignService.Text.Masks;

/// <summary>
/// Finds the assistant's turns in a conversation, for supervised data. A template with generation blocks marks what is the assistant's; without them a turn is
/// the difference between the conversation up to it and the conversation before it with the generation prompt (prefix comparison); both must be prefixes of the whole.
/// A token that crosses the edge of a turn is trained, as in transformers' assistant masks.
/// </summary>
public static class AssistantMask
{
    private const string RoleKey = "role", AssistantRole = "assistant";

    /// <param name="tokenizer">With a chat template; gives the begin and end tokens where the input names none.</param>
    /// <param name="input">A whole conversation with its tools and further variables; AddGenerationPrompt is ignored.</param>
    /// <exception cref="ChatTemplateException">
    /// There is no template, it fails, or its turns cannot be identified: it has no generation blocks and renders a turn differently once others follow.
    /// </exception>
    public static MaskedChat Encode(Tokenizer tokenizer, ChatTemplateInput input)
    {
        ChatTemplate template = tokenizer.ChatTemplate
            ?? throw new ChatTemplateException("There is no chat template, so messages cannot be rendered; give plain text, or a model with a chat template.", isRaisedByTemplate: false);
        input = input with { AddGenerationPrompt = false, BosToken = input.BosToken ?? tokenizer.BosToken, EosToken = input.EosToken ?? tokenizer.EosToken };
        RenderedChat chat = template.RenderChat(input);
        IReadOnlyList<GenerationSpan> turns = template.HasGenerationBlocks ? chat.GenerationSpans : CompareTurns(template, input, chat.Text);

        int[] ids = tokenizer.Until(input.Cancellation).Encode(chat.Text, addSpecialTokens: false);
        var spans = new TokenSpans(tokenizer, chat.Text, ids);
        var trained = new bool[ids.Length];
        foreach (GenerationSpan turn in turns)
        {
            trained.AsSpan(spans.Of(turn.Start, turn.End)).Fill(true);
        }

        return new MaskedChat(chat.Text, ids, trained);
    }

    private static List<GenerationSpan> CompareTurns(ChatTemplate template, ChatTemplateInput input, string whole)
    {
        JsonElement[] messages = [.. input.Messages.EnumerateArray()];
        var turns = new List<GenerationSpan>();
        for (int i = 0; i < messages.Length; i++)
        {
            if (messages[i].ValueKind != JsonValueKind.Object || !messages[i].TryGetProperty(RoleKey, out JsonElement role) || !role.ValueEquals(AssistantRole))
            {
                continue;
            }

            string before = template.Render(input with { Messages = First(messages, i), AddGenerationPrompt = true });
            string through = i == messages.Length - 1 ? whole : template.Render(input with { Messages = First(messages, i + 1) });
            if (!whole.StartsWith(through, StringComparison.Ordinal) || !through.StartsWith(before, StringComparison.Ordinal))
            {
                throw new ChatTemplateException(
                    $"The assistant's turn in message {i} cannot be identified: the chat template has no generation blocks, and it renders the turns up to it differently than in the whole conversation. "
                    + "Mark the assistant's text in the template with {% generation %} ... {% endgeneration %}, or split the conversation into one example for each answer.",
                    isRaisedByTemplate: false);
            }

            turns.Add(new GenerationSpan(before.Length, through.Length));
        }

        return turns;
    }

    private static JsonElement First(JsonElement[] messages, int count) => JsonSerializer.SerializeToElement(messages[..count]);
}

/// <summary>A conversation as tokens, with a mask of those to learn.</summary>
/// <param name="Text">As rendered.</param>
/// <param name="TokenIds">Token ids of the text, without those that the tokenizer adds (the template writes them).</param>
/// <param name="IsTrained">Whether a token is the assistant's; one entry per token.</param>
public sealed record MaskedChat(string Text, IReadOnlyList<int> TokenIds, IReadOnlyList<bool> IsTrained)
{
    /// <summary>Number of tokens to learn; 0 if the conversation has no assistant turn.</summary>
    public int TrainedCount => IsTrained.Count(trained => trained);
}
