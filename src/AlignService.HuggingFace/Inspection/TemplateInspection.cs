using AlignService.Text.Chat;
using AlignService.Text.Tokenization;

namespace AlignService.HuggingFace.Inspection;

/// <summary>Tries a chat template on the plainest conversations.</summary>
internal static class TemplateInspection
{
    private static readonly ChatMessage System = new("system", "You are helpful."), User = new("user", "Hello?"), Assistant = new("assistant", "Hello.");

    internal static ChatTemplateReport Inspect(ChatTemplate template, Tokenizer tokenizer, FindingList findings)
    {
        (string? plain, string? fault) = Render(template, tokenizer, addGenerationPrompt: false, User);
        (string? prompted, string? promptFault) = Render(template, tokenizer, addGenerationPrompt: true, User);
        (string? withSystem, string? systemFault) = Render(template, tokenizer, addGenerationPrompt: true, System, User);
        (string? answered, string? answerFault) = Render(template, tokenizer, addGenerationPrompt: false, User, Assistant);
        bool opensTurn = prompted is not null && prompted != plain;

        findings.WarnIf(prompted is null, "template_fails", $"The chat template cannot render a question of the user: {promptFault ?? fault}");
        findings.WarnIf(prompted is not null && !opensTurn, "no_generation_prompt", "The chat template ignores add_generation_prompt: a prompt ends without opening the assistant's turn.");
        findings.WarnIf(prompted is not null && withSystem is null, "no_system_message", $"The chat template refuses a system message: {systemFault}");
        findings.WarnIf(prompted is not null && answered is null, "no_assistant_turn", $"The chat template cannot render an answered question: {answerFault}");
        findings.WarnIf(
            opensTurn && answered is not null && !answered.StartsWith(prompted!, StringComparison.Ordinal),
            "prompt_is_no_prefix",
            "A rendered answer does not begin with the rendered prompt (the template rewrites earlier turns or adds to the prompt): supervised data are masked by generation blocks alone.");
        return new ChatTemplateReport(template.HasGenerationBlocks, opensTurn, withSystem is not null, prompted is not null);
    }

    private static (string? Text, string? Fault) Render(ChatTemplate template, Tokenizer tokenizer, bool addGenerationPrompt, params ChatMessage[] messages)
    {
        try
        {
            return (template.Render(ChatTemplateInput.Of(messages, addGenerationPrompt) with { BosToken = tokenizer.BosToken, EosToken = tokenizer.EosToken }), null);
        }
        catch (ChatTemplateException exception)
        {
            return (null, exception.Message);
        }
    }
}
