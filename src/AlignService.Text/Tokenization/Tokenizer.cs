using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AlignService.Text.Chat;
using AlignService.Text.Tokenization.Characters;
using AlignService.Text.Tokenization.Decoders;
using AlignService.Text.Tokenization.Files;
using AlignService.Text.Tokenization.Normalizers;
using AlignService.Text.Tokenization.PostProcessors;
using AlignService.Text.Tokenization.PreTokenizers;
using AlignService.Text.Tokenization.Subwords;

namespace AlignService.Text.Tokenization;

/// <summary>
/// Text to token ids and back, exactly as the Hugging Face tokenizers library with the same tokenizer.json. A component that is not
/// supported is refused by name when the file is loaded. <c>truncation</c> and <c>padding</c> of the file are not applied, as in transformers.
/// Thread-safe.
/// </summary>
public sealed class Tokenizer
{
    private readonly INormalizer? _normalizer;
    private readonly IPreTokenizer? _preTokenizer;
    private readonly ISubwordModel _model;
    private readonly IPostProcessor? _postProcessor;
    private readonly TextDecoder _decoder;
    private readonly Vocabulary _vocabulary;
    private readonly HashSet<int> _specialIds;
    private readonly Dictionary<int, string> _normalizedTexts;
    private readonly AddedTokenFinder _rawTokens;
    private readonly AddedTokenFinder _normalizedTokens;
    private readonly ConcurrentBag<SubwordWorkspace> _workspaces = [];
    private readonly Lazy<ChatTemplate?> _chatTemplate;
    private readonly Lazy<int> _appendedCount;

    internal Tokenizer(JsonField file, TokenizerConfig config)
    {
        _normalizer = NormalizerReader.Read(file["normalizer"]);
        _preTokenizer = PreTokenizerReader.Read(file["pre_tokenizer"]);
        _model = SubwordModelReader.Read(file["model"]);
        _postProcessor = PostProcessorReader.Read(file["post_processor"]);
        _decoder = DecoderReader.Read(file["decoder"]);

        List<AddedToken> added = AddedTokenReader.Read(file["added_tokens"], _model.Vocabulary, config.AddedTokens);
        AddedTokens = added;
        _vocabulary = _model.Vocabulary.Copy();
        added.ForEach(token => _vocabulary.Add(token.Content, token.Id));
        _specialIds = [.. added.Where(token => token.Special).Select(token => token.Id)];
        _rawTokens = new AddedTokenFinder(added.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalizedTokens = new AddedTokenFinder(added.Where(token => token.Normalized).Select(token => (Normalize(token.Content), token)));

        _normalizedTexts = added.Where(token => token.Normalized && !token.Special).ToDictionary(token => token.Id, token => Normalize(token.Content));

        BosId = IdOf(config.BosToken);
        EosId = IdOf(config.EosToken);
        PadId = IdOf(config.PadToken);
        UnknownId = IdOf(config.UnknownToken);
        (BosToken, EosToken) = (config.BosToken, config.EosToken);
        RolesWithoutId = [.. new[] { ("bos_token", config.BosToken), ("eos_token", config.EosToken), ("pad_token", config.PadToken), ("unk_token", config.UnknownToken) }
            .Where(role => role.Item2 is { } text && TokenId(text) is null).Select(role => $"{role.Item1} {role.Item2}")];
        TemplateNames = config.TemplateNames;
        _appendedCount = new Lazy<int>(CountAppended);
        HasChatTemplate = config.ChatTemplate is not null;
        _chatTemplate = new Lazy<ChatTemplate?>(() => config.ChatTemplate is { } source ? Chat.ChatTemplate.Parse(source) : null);
    }

    /// <summary>One more than the highest token id, added tokens included.</summary>
    public int VocabularySize => _vocabulary.IdBound;

    /// <summary>Tokens that are matched in the text before any merging, special or not.</summary>
    internal IReadOnlyList<AddedToken> AddedTokens { get; }

    /// <summary>How many tokens the post-processor puts behind every text.</summary>
    internal int AppendedCount => _appendedCount.Value;

    public int? BosId { get; }

    public int? EosId { get; }

    public int? PadId { get; }

    public int? UnknownId { get; }

    public string? BosToken { get; }

    public string? EosToken { get; }

    /// <summary>Roles whose token the tokenizer does not have, such as "eos_token &lt;|im_end|&gt;"; transformers would add such a token under a new id.</summary>
    public IReadOnlyList<string> RolesWithoutId { get; }

    /// <summary>Names of chat templates of which none is called default, so that there is none for ordinary use; else empty.</summary>
    public IReadOnlyList<string> TemplateNames { get; }

    /// <summary>Whether the tokenizer has a chat template, valid or not.</summary>
    public bool HasChatTemplate { get; }

    /// <summary>The tokenizer's chat template; null if it has none. It is parsed on first use.</summary>
    /// <exception cref="CheckpointException">The template is invalid or not supported.</exception>
    public ChatTemplate? ChatTemplate => _chatTemplate.Value;

    /// <param name="directoryOrTokenizerJson">
    /// A tokenizer.json, or the folder that has one; tokenizer_config.json, special_tokens_map.json and chat_template.jinja are read from the
    /// same folder where they exist.
    /// </param>
    /// <exception cref="CheckpointException">A file is missing, damaged, or uses something that is not supported.</exception>
    public static Tokenizer Load(string directoryOrTokenizerJson)
    {
        string path = Directory.Exists(directoryOrTokenizerJson) ? Path.Combine(directoryOrTokenizerJson, "tokenizer.json") : directoryOrTokenizerJson;
        if (!File.Exists(path))
        {
            throw new CheckpointException($"{path} does not exist; a tokenizer.json is required (SentencePiece .model files are not read).");
        }

        return new Tokenizer(TokenizerFile.Read(path), TokenizerConfig.Read(Path.GetDirectoryName(Path.GetFullPath(path))!));
    }

    /// <summary>A tokenizer from the content of a tokenizer.json alone.</summary>
    public static Tokenizer Parse(ReadOnlyMemory<byte> tokenizerJson) =>
        new(TokenizerFile.Parse(tokenizerJson, "tokenizer.json"), new TokenizerConfig());

    /// <param name="addSpecialTokens">With what the post-processor adds, such as the begin-of-text token.</param>
    public int[] Encode(string text, bool addSpecialTokens) => EncodeStoppable(text, addSpecialTokens, CancellationToken.None);

    /// <summary>This tokenizer for work that somebody waits for.</summary>
    public StoppableTokenizer Until(CancellationToken cancellationToken) => new(this, cancellationToken);

    /// <summary>In symbols: what the largest workspace that is kept has room for.</summary>
    internal int LargestWorkspace => _workspaces.Select(workspace => workspace.Symbols.Capacity).DefaultIfEmpty().Max();

    internal int[] EncodeStoppable(string text, bool addSpecialTokens, CancellationToken cancellationToken)
    {
        Heartbeat.Beat();
        var ids = new List<int>((text.Length / 3) + 8);
        if (!_workspaces.TryTake(out SubwordWorkspace? workspace))
        {
            workspace = new SubwordWorkspace();
        }

        EncodeText(UnicodeClass.WellFormed(text), workspace, ids, cancellationToken);
        workspace.Trim();
        _workspaces.Add(workspace);
        return [.. _postProcessor?.Process(ids, addSpecialTokens) ?? ids];
    }

    /// <param name="skipSpecialTokens">Without the special tokens. Ids that are not tokens are always left out.</param>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            if (DecodableText(id, skipSpecialTokens) is { } token)
            {
                tokens.Add(token);
            }
        }

        return _decoder.Decode(tokens);
    }

    /// <summary>A decoder for one completion, token by token.</summary>
    public StreamingDecoder CreateDecoder(bool skipSpecialTokens = true) => new(this, _decoder, skipSpecialTokens);

    public int? TokenId(string token) => _vocabulary.Id(token);

    /// <summary>The token as the vocabulary writes it (byte-level vocabularies in their own alphabet); null if there is none with that id.</summary>
    public string? TokenText(int id) => _vocabulary.TryGetText(id, out string? text) ? text : null;

    /// <summary>Compares what ids mean: how many of this tokenizer's ids another one lacks or reads as another token, with the lowest of them; null where there are none.</summary>
    public TokenDifference? FindDifference(Tokenizer other)
    {
        (int count, int lowest) = (0, int.MaxValue);
        foreach (int id in _vocabulary.Ids.Where(id => TokenText(id) != other.TokenText(id)))
        {
            (count, lowest) = (count + 1, Math.Min(lowest, id));
        }

        return count == 0 ? null : new TokenDifference(count, lowest, TokenText(lowest)!, other.TokenText(lowest)); // it is one of this vocabulary
    }

    public bool IsSpecial(int id) => _specialIds.Contains(id);

    // A normalized token decodes to what was sought for it, as in the library, unless it is special.
    internal string? DecodableText(int id, bool skipSpecialTokens) =>
        skipSpecialTokens && IsSpecial(id) ? null : _normalizedTexts.GetValueOrDefault(id) ?? TokenText(id);

    private int CountAppended()
    {
        // It adds the same to any text, so a text of one token shows it.
        const string probe = "a";
        int[] plain = Encode(probe, addSpecialTokens: false), whole = Encode(probe, addSpecialTokens: true);
        int start = whole.AsSpan().IndexOf(plain);
        return plain.Length == 0 || start < 0 ? 0 : whole.Length - start - plain.Length;
    }

    private int? IdOf(string? token) => token is null ? null : TokenId(token);

    private string Normalize(string text) => _normalizer?.Normalize(text) ?? text;

    private void EncodeText(string text, SubwordWorkspace workspace, List<int> ids, CancellationToken cancellationToken)
    {
        foreach (TextSegment segment in _rawTokens.Split(text))
        {
            if (segment.Token is { } token)
            {
                ids.Add(token.Id);
                continue;
            }

            string raw = text.Substring(segment.Start, segment.Length);
            string normalized = Normalize(raw);
            int lead = segment.Start > 0 || raw.Length == 0 ? 0 : char.IsHighSurrogate(raw[0]) ? 2 : 1;
            lead = lead > 0 ? _normalizer?.Lead(raw, lead) ?? lead : 0;
            foreach (TextSegment rest in _normalizedTokens.Split(normalized))
            {
                if (rest.Token is { } normalizedToken)
                {
                    ids.Add(normalizedToken.Id);
                }
                else
                {
                    PieceList whole = PieceList.Whole(normalized.AsMemory(rest.Start, rest.Length), Math.Clamp(lead - rest.Start, 0, rest.Length));
                    EncodeRest(whole with { Cancellation = cancellationToken }, workspace, ids);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void EncodeRest(PieceList pieces, SubwordWorkspace workspace, List<int> ids)
    {
        CancellationToken cancellationToken = pieces.Cancellation;
        pieces = _preTokenizer?.Apply(pieces) ?? pieces;
        foreach (Piece piece in pieces.Pieces)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _model.Encode(pieces.Span(piece), workspace, ids);
        }
    }
}

/// <summary>How two tokenizers' tables differ.</summary>
/// <param name="Count">Ids of the first that the second lacks or reads as another token.</param>
/// <param name="Id">The lowest of them.</param>
/// <param name="Text">What it is in the first.</param>
/// <param name="Other">What it is in the second; null: nothing.</param>
public sealed record TokenDifference(int Count, int Id, string Text, string? Other);
