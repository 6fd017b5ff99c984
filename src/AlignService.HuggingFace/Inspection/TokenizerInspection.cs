using AlignService.HuggingFace.Architecture;
using AlignService.Text.Chat;
using AlignService.Text.Tokenization;

namespace AlignService.HuggingFace.Inspection;

/// <summary>What the tokenizer of a model says, and whether it fits the model.</summary>
internal static class TokenizerInspection
{
    private const string TokenizerFileName = "tokenizer.json";

    internal static (TokenizerReport? Report, IReadOnlyList<EndToken> EndTokens) Inspect(string directory, ModelKind kind, TransformerConfig config, FindingList findings)
    {
        string path = Path.Combine(directory, TokenizerFileName);
        bool exists = File.Exists(path);
        findings.WarnIf(!exists, "no_tokenizer", $"There is no {TokenizerFileName}: the model can be read, but no job can encode text for it.");
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

        bool hasTemplate = tokenizer.HasChatTemplate;
        ChatTemplate? template = hasTemplate ? findings.Try("template_refused", () => tokenizer.ChatTemplate!) : null;
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
            $"The tokenizer has ids up to {tokens - 1}, the embedding {rows} rows: text with one of the {tokens - rows} tokens beyond cannot be used.");
        findings.WarnIf(
            tokens < rows,
            "embedding_beyond_vocabulary",
            $"The embedding has {rows} rows, the tokenizer {tokens} ids: the other {rows - tokens} have no text; if one is sampled it decodes to nothing.");
    }

    private static void CompareEndTokens(Tokenizer tokenizer, TransformerConfig config, FindingList findings) =>
        findings.WarnIf(
            tokenizer.EosId is { } end && config.EndTokenIds.Count > 0 && !config.EndTokenIds.Contains(end),
            "tokenizer_end_token_differs",
            $"The tokenizer's eos_token {tokenizer.EosToken} ({tokenizer.EosId}) is not among the model's end tokens [{string.Join(", ", config.EndTokenIds)}], so it does not end a completion. "
            + "Chat templates often close a turn with it: check that generation_config.json names the right ones.");

    private static string KindOf(JsonField file)
    {
        bool byteLevel = Mentions(file["pre_tokenizer"]) || Mentions(file["decoder"]);
        bool fallsBack = file["model"]["byte_fallback"].Flag(absent: false);
        string type = file["model"]["type"].TextOrNull() ?? "BPE";
        return type + (byteLevel ? ", byte-level" : fallsBack ? ", falls back to bytes" : ", characters");

        static bool Mentions(JsonField part) => !part.IsNull && part.Value.GetRawText().Contains("\"ByteLevel\"", StringComparison.Ordinal);
    }
}
