using AlignService.HuggingFace.Architecture;
using AlignService.Text.Chat;
using AlignService.Text.Tokenization;
using AlignService.Text.Tokenization.Files;

namespace AlignService.HuggingFace.Inspection;

/// <summary>Inspects the tokenizer of a model, and whether it fits the model.</summary>
internal static class TokenizerInspection
{
    private const string TokenizerFileName = "tokenizer.json";

    internal static (TokenizerReport? Report, IReadOnlyList<EndToken> EndTokens) Inspect(string directory, ModelKind kind, TransformerConfig config, FindingList findings)
    {
        string path = Path.Combine(directory, TokenizerFileName);
        bool exists = File.Exists(path);
        findings.WarnIf(!exists, "no_tokenizer", $"There is no {TokenizerFileName}: the model can be read, but jobs cannot encode text for it.");
        Tokenizer? tokenizer = exists ? findings.Try("tokenizer_refused", () => Tokenizer.Load(directory)) : null;
        EndToken[] endTokens = [.. config.EndTokenIds.Select(id => new EndToken(id, tokenizer?.TokenText(id)))];
        if (tokenizer is null)
        {
            return (null, endTokens);
        }

        CompareVocabularies(tokenizer, config, findings);
        if (kind == ModelKind.LanguageModel)
        {
            CompareEndTokens(tokenizer, config, findings);
        }

        findings.WarnIf(
            tokenizer.RolesWithoutId.Count > 0,
            "token_without_id",
            $"The tokenizer has no token for {string.Join(", ", tokenizer.RolesWithoutId)}: where a chat template writes it, it is encoded as plain text, in pieces, and it ends nothing. "
            + "transformers would add it under a new id, beyond the embedding; add it to tokenizer.json and resize the embedding, or name a token that the tokenizer has.");
        bool hasTemplate = tokenizer.HasChatTemplate;
        ChatTemplate? template = hasTemplate ? findings.Try("template_refused", () => tokenizer.ChatTemplate!) : null;
        findings.WarnIf(
            tokenizer.TemplateNames.Count > 0,
            "no_default_template",
            $"chat_template lists {string.Join(", ", tokenizer.TemplateNames)}, but none that is called default, so none is used; call the one for ordinary use default.");
        findings.WarnIf(
            template?.Source.StartsWith('\uFEFF') == true,
            "template_begins_with_byte_order_mark",
            "The chat template begins with a byte order mark, which stands at the start of every prompt, as in transformers; save the file without it.");
        findings.WarnIf(!hasTemplate && kind == ModelKind.LanguageModel, "no_chat_template", "There is no chat template: prompts must be plain text, not messages.");
        var report = new TokenizerReport
        {
            Kind = KindOf(TokenizerFile.Read(path)),
            VocabularySize = tokenizer.VocabularySize,
            ChatTemplate = template is null ? null : TemplateInspection.Inspect(template, tokenizer, findings),
        };
        return (report, endTokens);
    }

    private static void CompareVocabularies(Tokenizer tokenizer, TransformerConfig config, FindingList findings)
    {
        int tokens = tokenizer.VocabularySize, rows = config.VocabSize;
        findings.WarnIf(
            tokens > rows,
            "vocabulary_beyond_embedding",
            $"The tokenizer has ids up to {tokens - 1}, but the embedding has {rows} rows: text with one of the {tokens - rows} tokens beyond it cannot be used.");
        findings.WarnIf(
            tokens < rows,
            "embedding_beyond_vocabulary",
            $"The embedding has {rows} rows, but the tokenizer has {tokens} ids: the other {rows - tokens} have no text and decode to nothing if sampled.");
    }

    private static void CompareEndTokens(Tokenizer tokenizer, TransformerConfig config, FindingList findings) =>
        findings.WarnIf(
            tokenizer.EosId is { } end && config.EndTokenIds.Count > 0 && !config.EndTokenIds.Contains(end),
            "tokenizer_end_token_differs",
            $"The tokenizer's eos_token {tokenizer.EosToken} ({tokenizer.EosId}) is not among the model's end tokens [{string.Join(", ", config.EndTokenIds)}], so it does not end a completion. "
            + "Chat templates often close a turn with it: check that generation_config.json names the right end tokens.");

    private static string KindOf(JsonField file)
    {
        bool byteLevel = Mentions(file["pre_tokenizer"]) || Mentions(file["decoder"]);
        bool fallsBack = file["model"]["byte_fallback"].Flag(absent: false);
        string type = file["model"]["type"].TextOrNull() ?? "BPE";
        return type + (byteLevel ? ", byte-level" : fallsBack ? ", falls back to bytes" : ", characters");

        static bool Mentions(JsonField part) => !part.IsNull && part.Value.GetRawText().Contains("\"ByteLevel\"", StringComparison.Ordinal);
    }
}

/// <summary>Tries a chat template on the simplest conversations.</summary>
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

        findings.WarnIf(prompted is null, "template_fails", $"The chat template cannot render a user's question: {promptFault ?? fault}");
        findings.WarnIf(prompted is not null && !opensTurn, "no_generation_prompt", "The chat template ignores add_generation_prompt: a prompt ends without opening the assistant's turn.");
        findings.WarnIf(prompted is not null && withSystem is null, "no_system_message", $"The chat template refuses a system message: {systemFault}");
        findings.WarnIf(prompted is not null && answered is null, "no_assistant_turn", $"The chat template cannot render an answered question: {answerFault}");
        findings.WarnIf(
            prompted is not null && opensTurn && answered is not null && !answered.StartsWith(prompted, StringComparison.Ordinal),
            "prompt_is_no_prefix",
            "A rendered answer does not begin with the rendered prompt (the template rewrites earlier turns or adds to the prompt): supervised data can only be masked by generation blocks.");
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
