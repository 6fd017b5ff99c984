using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;

namespace AlignService.Cli.Conversion.Tokenizers;

/// <summary>
/// tokenizer.json from a SentencePiece model of type BPE, with the components that transformers gives Llama's tokenizers: spaces become U+2581, one is put before the text, and
/// characters outside the vocabulary are written as their bytes.
/// </summary>
internal static class SentencePieceConverter
{
    private const string Space = "\u2581";

    /// <exception cref="CheckpointException">The model is broken, or of a kind that is not supported.</exception>
    public static ConvertedTokenizer Convert(byte[] file, string name, TokenizerSettings settings)
    {
        SentencePieceModel model = SentencePieceModel.Parse(file, name);
        RefuseUnsupported(model, name);
        Dictionary<string, int> ids = Ids(model, name);
        string unknown = model.Pieces.FirstOrDefault(piece => piece.Kind == PieceKind.Unknown)?.Text ?? throw new CheckpointException($"{name} has no piece for unknown text.");
        JsonArray added = AddedTokens(model, ids, settings, name);
        var notes = new List<string>();
        JsonObject json = TokenizerJson.Document(
            added,
            TokenizerJson.BytePairModel(ids, Merges(model, ids), unknown, model.FallsBackToBytes, ignoresMerges: false),
            ("normalizer", Normalizer(model, settings)),
            ("pre_tokenizer", PreTokenizer(model, settings)),
            ("post_processor", PostProcessor(model, ids, settings, notes)),
            ("decoder", Decoder(model)));
        var special = added.ToDictionary(token => (string)token!["content"]!, token => (int)token!["id"]!);
        SentencePieceTokenizer reference = SentencePieceTokenizer.Create(new MemoryStream(file), addBeginningOfSentence: false, addEndOfSentence: false, special);
        return new ConvertedTokenizer(name, json, reference, reference.Vocabulary.Where(token => ids.ContainsKey(token.Key) || !special.ContainsKey(token.Key)).ToDictionary(), notes);
    }

    private static void RefuseUnsupported(SentencePieceModel model, string name)
    {
        string? what = model switch
        {
            { ModelType: not SentencePieceModel.BytePair } => $"is of type {model.ModelTypeName}; only BPE can be written as a tokenizer.json that this program reads",
            { ReplacesCharacters: true } => "replaces characters by a table of its own (a normalization such as nmt_nfkc), which no supported tokenizer.json component can do",
            { TreatsWhiteSpaceAsSuffix: true } => "puts spaces after words",
            { EscapesWhiteSpace: false } => "does not write spaces as U+2581",
            _ => null,
        };
        if (what is not null)
        {
            throw new CheckpointException($"{name} {what}. Convert it with transformers: AutoTokenizer.from_pretrained(DIR, use_fast=True).save_pretrained(DIR).");
        }
    }

    private static Dictionary<string, int> Ids(SentencePieceModel model, string name)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < model.Pieces.Count; id++)
        {
            SentencePiece piece = model.Pieces[id];
            if (piece.Text.Length == 0 || !Enum.IsDefined(piece.Kind) || !float.IsFinite(piece.Score) || !ids.TryAdd(piece.Text, id))
            {
                throw new CheckpointException($"{name}: piece {id} is \"{piece.Text}\" of kind {(int)piece.Kind} and score {piece.Score}: empty, duplicated or not a piece; the file is damaged.");
            }
        }

        return ids;
    }

    /// <summary>Every way to build a piece from two others, best score first: the neighbors that SentencePiece would join.</summary>
    private static IEnumerable<(string Left, string Right)> Merges(SentencePieceModel model, Dictionary<string, int> ids)
    {
        var parts = model.Pieces.Where(piece => piece.Kind is PieceKind.Normal or PieceKind.UserDefined).Select(piece => piece.Text).ToHashSet(StringComparer.Ordinal);
        return model.Pieces
            .Where(piece => parts.Contains(piece.Text))
            .SelectMany(piece => Enumerable.Range(1, piece.Text.Length - 1)
                .Select(at => (Left: piece.Text[..at], Right: piece.Text[at..], piece.Score))
                .Where(split => parts.Contains(split.Left) && parts.Contains(split.Right)))
            .OrderByDescending(split => split.Score)
            .ThenBy(split => ids[split.Left])
            .ThenBy(split => ids[split.Right])
            .Select(split => (split.Left, split.Right));
    }

    /// <summary>Control and unknown pieces, user-defined pieces, and what the settings add to them or to their flags.</summary>
    private static JsonArray AddedTokens(SentencePieceModel model, Dictionary<string, int> ids, TokenizerSettings settings, string name)
    {
        var tokens = new SortedDictionary<int, JsonObject>();
        foreach (SentencePiece piece in model.Pieces.Where(piece => piece.Kind is PieceKind.Unknown or PieceKind.Control or PieceKind.UserDefined))
        {
            tokens[ids[piece.Text]] = TokenizerSettings.Token(ids[piece.Text], piece.Text, isSpecial: piece.Kind != PieceKind.UserDefined);
        }

        foreach ((int id, JsonObject token) in settings.AddedTokens)
        {
            string content = (string)token["content"]!;
            if (id < model.Pieces.Count && model.Pieces[id].Text != content)
            {
                throw new CheckpointException($"The added token {content} has the id {id}, which is \"{model.Pieces[id].Text}\" in {name}; the files do not belong together.");
            }

            tokens[id] = token;
        }

        return new JsonArray([.. tokens.Values]);
    }

    private static JsonObject? Normalizer(SentencePieceModel model, TokenizerSettings settings)
    {
        bool metaspace = IsMetaspace(model, settings);
        JsonObject[] parts =
        [
            .. model.RemovesExtraWhiteSpace
                ? (JsonObject[])[Replace(new JsonObject { ["Regex"] = @"\A +| +\z" }, ""), Replace(new JsonObject { ["Regex"] = " {2,}" }, " ")]
                : [],
            .. model.AddsPrefix && !metaspace ? (JsonObject[])[TokenizerJson.Part("Prepend", ("prepend", Space))] : [],
            .. metaspace ? (JsonObject[])[] : [Replace(new JsonObject { ["String"] = " " }, Space)],
        ];
        return parts.Length == 0 ? null : parts.Length == 1 ? parts[0] : TokenizerJson.Part("Sequence", ("normalizers", new JsonArray([.. parts])));
    }

    private static JsonObject? PreTokenizer(SentencePieceModel model, TokenizerSettings settings) => IsMetaspace(model, settings)
        ? TokenizerJson.Part("Metaspace", ("replacement", Space), ("prepend_scheme", "first"), ("split", false))
        : null;

    /// <summary>`legacy: false`: the blank is put before the text only, not after each special token. Not where leading blanks are removed: Metaspace would miss the start.</summary>
    private static bool IsMetaspace(SentencePieceModel model, TokenizerSettings settings) => settings.IsLegacy == false && model.AddsPrefix && !model.RemovesExtraWhiteSpace;

    private static JsonObject? PostProcessor(SentencePieceModel model, Dictionary<string, int> ids, TokenizerSettings settings, List<string> notes)
    {
        string? Known(string? given, string usual) => given ?? (ids.TryGetValue(usual, out int id) && model.Pieces[id].Kind == PieceKind.Control ? usual : null);

        string? bos = Known(settings.BosToken, "<s>"), eos = Known(settings.EosToken, "</s>");
        if (settings.AddsBos is null && bos is not null)
        {
            notes.Add($"tokenizer_config.json does not say add_bos_token: {bos} is put before a text, as transformers does for Llama.");
        }

        Dictionary<string, int> known = new(ids, StringComparer.Ordinal);
        foreach ((int id, JsonObject token) in settings.AddedTokens)
        {
            known[(string)token["content"]!] = id;
        }

        string? first = settings.AddsBos ?? true ? bos : null, last = settings.AddsEos ?? false ? eos : null;
        return new[] { first, last }.OfType<string>().FirstOrDefault(token => !known.ContainsKey(token)) is { } absent
            ? throw new CheckpointException($"The special token {absent} has no id, neither in the model nor in the added tokens.")
            : TokenizerJson.Template(first, last, known);
    }

    private static JsonObject Decoder(SentencePieceModel model)
    {
        JsonObject[] parts =
        [
            Replace(new JsonObject { ["String"] = Space }, " "),
            .. model.FallsBackToBytes ? (JsonObject[])[TokenizerJson.Part("ByteFallback")] : [],
            TokenizerJson.Part("Fuse"),
            .. model.AddsPrefix ? (JsonObject[])[TokenizerJson.Part("Strip", ("content", " "), ("start", 1), ("stop", 0))] : [],
        ];
        return TokenizerJson.Part("Sequence", ("decoders", new JsonArray([.. parts])));
    }

    private static JsonObject Replace(JsonObject pattern, string content) => TokenizerJson.Part("Replace", ("pattern", pattern), ("content", content));
}
