using AlignService.HuggingFace.Architecture;
using AlignService.Text.Tokenization;
using AlignService.Text.Tokenization.Files;

namespace AlignService.HuggingFace.Gguf;

/// <summary>Writes a tokenizer as the keys of llama.cpp, where it encodes the same tokens.</summary>
internal sealed class GgufTokenizer
{
    private const string FileName = "tokenizer.json";

    /// <summary>End tokens besides the first.</summary>
    private static readonly string[] OtherEnds = ["eot_token_id", "eom_token_id"];

    private readonly GgufMetadata _metadata;
    private readonly TransformerConfig _config;
    private readonly List<string> _findings;
    private readonly Tokenizer _tokenizer;
    private readonly JsonField _file;

    private GgufTokenizer(GgufMetadata metadata, string directory, TransformerConfig config, List<string> findings)
    {
        (_metadata, _config, _findings) = (metadata, config, findings);
        _tokenizer = Tokenizer.Load(directory);
        _file = TokenizerFile.Read(Path.Combine(directory, FileName));
    }

    /// <param name="metadata">Receives the keys.</param>
    /// <param name="directory">Of the model.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="findings">Receives what llama.cpp does differently.</param>
    /// <exception cref="CheckpointException">llama.cpp would encode other tokens.</exception>
    internal static void AddTo(GgufMetadata metadata, string directory, TransformerConfig config, List<string> findings)
    {
        if (!File.Exists(Path.Combine(directory, FileName)))
        {
            metadata.Add("tokenizer.ggml.model", "no_vocab");
            findings.Add($"There is no {FileName}, so the file has no vocabulary: only programs that give and take token ids can use it.");
            return;
        }

        new GgufTokenizer(metadata, directory, config, findings).Add(TokenizerConfig.Read(directory).ChatTemplate);
    }

    private void Add(string? chatTemplate)
    {
        bool isByteLevel = GgufPreTokenizer.Components(_file["pre_tokenizer"], "pretokenizers").Any(part => part.ComponentType() == "ByteLevel");
        var vocabulary = new GgufVocabulary(_tokenizer, _config.VocabSize, isSentencePiece: !isByteLevel);
        List<(string Left, string Right)> merges = [.. Merges(vocabulary)];
        if (isByteLevel)
        {
            _metadata.Add("tokenizer.ggml.model", "gpt2");
            _metadata.Add("tokenizer.ggml.pre", GgufPreTokenizer.NameOf(_file, _findings));
            _metadata.Add("tokenizer.ggml.merges", [.. merges.Select(merge => $"{merge.Left} {merge.Right}")]);
        }
        else
        {
            _metadata.Add("tokenizer.ggml.model", "llama");
            _metadata.Add("tokenizer.ggml.pre", "default");
            var pieces = new GgufPieces(_file, vocabulary, merges, _findings);
            _metadata.Add("tokenizer.ggml.add_space_prefix", pieces.AddsSpacePrefix);
            _metadata.Add("tokenizer.ggml.scores", pieces.Scores);
        }

        _metadata.Add("tokenizer.ggml.tokens", vocabulary.Texts);
        _metadata.Add("tokenizer.ggml.token_type", vocabulary.Types);
        if (_tokenizer.VocabularySize > _config.VocabSize)
        {
            _findings.Add($"The tokenizer has ids up to {_tokenizer.VocabularySize - 1}, but the embedding has {_config.VocabSize} rows: the tokens beyond it are left out.");
        }

        if (_tokenizer.AddedTokens.Any(token => token.LeftStrip || token.RightStrip || token.SingleWord))
        {
            _findings.Add("Some added tokens swallow the spaces around them, or are not matched inside words (lstrip, rstrip, single_word); llama.cpp does neither.");
        }

        if (!isByteLevel && _tokenizer.AddedTokens.Any(token => token.Special && token.Normalized))
        {
            _findings.Add("Special tokens are sought in the text after spaces are written as U+2581, so not everywhere in it (normalized is true); llama.cpp finds them everywhere.");
        }

        AddSpecialTokens(vocabulary);
        if (chatTemplate is not null)
        {
            _metadata.Add("tokenizer.chat_template", chatTemplate);
        }
    }

    /// <summary>Those whose tokens all have a row in the embedding.</summary>
    private IEnumerable<(string Left, string Right)> Merges(GgufVocabulary vocabulary)
    {
        bool Has(string text) => _tokenizer.TokenId(text) is { } id && id < vocabulary.Count;
        foreach (JsonField item in _file["model"]["merges"].Items())
        {
            if (item.IsString && item.Text().StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            string[] sides = item.IsString ? item.Text().Split(' ') : [.. item.Items().Select(side => side.Text())];
            if (Has(sides[0]) && Has(sides[1]) && Has(sides[0] + sides[1]))
            {
                yield return (sides[0], sides[1]);
            }
        }
    }

    private void AddSpecialTokens(GgufVocabulary vocabulary)
    {
        // The post-processor adds the same to every text, so a text of one token shows it.
        int[] plain = _tokenizer.Encode("a", addSpecialTokens: false), whole = _tokenizer.Encode("a", addSpecialTokens: true);
        int start = Math.Max(0, whole.AsSpan().IndexOf(plain));
        int[] before = whole[..start], after = whole[(start + plain.Length)..];
        int? InFile(int? id) => id >= 0 && id < vocabulary.Count ? id : null;
        int? begin = InFile(before.Length == 1 ? before[0] : _tokenizer.BosId ?? _config.BeginTokenId);
        int? end = InFile(after.Length == 1 ? after[0] : EndToken());
        AddId("bos_token_id", begin ?? end);
        AddId("eos_token_id", end ?? Harmless(vocabulary) ?? begin);
        AddId("unknown_token_id", InFile(_tokenizer.UnknownId));
        AddId("padding_token_id", InFile(_tokenizer.PadId ?? _config.PadTokenId));
        AddOtherEnds([.. _config.EndTokenIds.Where(id => id != end && InFile(id) is not null)]);
        _metadata.Add("tokenizer.ggml.add_bos_token", before.Length == 1);
        _metadata.Add("tokenizer.ggml.add_eos_token", after.Length == 1);
        if (before.Length > 1 || after.Length > 1)
        {
            _findings.Add($"The tokenizer adds {before.Length} tokens before and {after.Length} after a text; llama.cpp can add one each, so it adds none where there are more.");
        }
    }

    private int? EndToken() =>
        _tokenizer.EosId is { } own && (_config.EndTokenIds.Count == 0 || _config.EndTokenIds.Contains(own)) ? own
        : _config.EndTokenIds.Count > 0 ? _config.EndTokenIds[0]
        : null;

    /// <summary>llama.cpp assumes an end token where the file names none; a row that is never sampled does no harm.</summary>
    private static int? Harmless(GgufVocabulary vocabulary)
    {
        int row = vocabulary.Types.ToList().FindIndex(type => type is (int)GgufTokenType.Unused or (int)GgufTokenType.Unknown);
        return row < 0 ? null : row;
    }

    private void AddOtherEnds(int[] ids)
    {
        foreach ((string key, int id) in OtherEnds.Zip(ids))
        {
            AddId(key, id);
        }

        if (ids.Length > OtherEnds.Length)
        {
            _findings.Add($"llama.cpp has room for three end tokens; it does not end at {string.Join(", ", ids[OtherEnds.Length..])} unless it knows them by their text.");
        }
    }

    private void AddId(string key, int? id)
    {
        if (id is { } known)
        {
            _metadata.Add($"tokenizer.ggml.{key}", known);
        }
    }
}
