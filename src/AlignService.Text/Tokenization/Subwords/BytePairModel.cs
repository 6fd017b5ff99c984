using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using AlignService.Text.Tokenization.Characters;

namespace AlignService.Text.Tokenization.Subwords;

/// <summary>Byte-pair encoding: a piece starts as its characters, which are joined by the list of merges.</summary>
internal sealed class BytePairModel : ISubwordModel
{
    private const int NoByteToken = -1;

    private readonly BytePairConfig _config;
    private readonly MergeTable _merges;
    private readonly MergeBoundaries _boundaries;
    private readonly CharacterTokens _characters;
    private readonly int[] _byteTokens = new int[256];

    /// <param name="pairs">The texts of both sides of every merge.</param>
    public BytePairModel(Vocabulary vocabulary, MergeTable merges, IEnumerable<(string Left, string Right)> pairs, BytePairConfig config)
    {
        (Vocabulary, _merges, _config) = (vocabulary, merges, config);
        _characters = new CharacterTokens(vocabulary);
        _boundaries = new MergeBoundaries(_characters, pairs);
        for (int value = 0; value < 256; value++)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>");
            _byteTokens[value] = vocabulary.Id(text) ?? NoByteToken;
        }
    }

    public Vocabulary Vocabulary { get; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Encode(ReadOnlySpan<char> piece, SubwordWorkspace workspace, List<int> ids)
    {
        if (_config.IgnoresMerges && Vocabulary.TryGetId(piece, out int whole))
        {
            ids.Add(whole);
            return;
        }

        if (workspace.TryGetWord(piece, out int[]? known))
        {
            ids.AddRange(known.AsSpan());
            return;
        }

        int length = _boundaries.LengthOfFirstPart(piece);
        if (length == piece.Length)
        {
            EncodeNewWord(piece, workspace, ids);
            return;
        }

        for (; !piece.IsEmpty; piece = piece[length..])
        {
            length = _boundaries.LengthOfFirstPart(piece);
            EncodeWord(piece[..length], workspace, ids);
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, SubwordWorkspace workspace, List<int> ids)
    {
        if (word.Length == 1 && _characters.IdOf(word[0]) is >= 0 and int single)
        {
            ids.Add(single);
        }
        else if (workspace.TryGetWord(word, out int[]? known))
        {
            ids.AddRange(known.AsSpan());
        }
        else
        {
            EncodeNewWord(word, workspace, ids);
        }
    }

    private void EncodeNewWord(ReadOnlySpan<char> word, SubwordWorkspace workspace, List<int> ids)
    {
        List<int> symbols = workspace.Symbols;
        symbols.Clear();
        AddSymbols(word, symbols);
        workspace.Chain.MergeAll(symbols, _merges);
        ReadOnlySpan<int> merged = CollectionsMarshal.AsSpan(symbols);
        workspace.Remember(word, merged);
        ids.AddRange(merged);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddSymbols(ReadOnlySpan<char> word, List<int> symbols)
    {
        // An unknown token is added when the next known character comes, even behind the bytes of a character between: so does the library.
        bool hasUnknown = false;
        for (int i = 0; i < word.Length;)
        {
            int id = _characters.IdOf(UnicodeClass.ScalarAt(word, i, out int length));
            ReadOnlySpan<char> character = word.Slice(i, length);
            i += length;
            if (id >= 0)
            {
                AddUnknown(symbols, ref hasUnknown);
                symbols.Add(id);
            }
            else if (!(_config.FallsBackToBytes && TryAddBytes(character, symbols)) && _config.UnknownToken is not null)
            {
                if (!_config.FusesUnknown)
                {
                    AddUnknown(symbols, ref hasUnknown);
                }

                hasUnknown = true;
            }
        }

        AddUnknown(symbols, ref hasUnknown);
    }

    private void AddUnknown(List<int> symbols, ref bool hasUnknown)
    {
        if (hasUnknown)
        {
            symbols.Add(Vocabulary.Id(_config.UnknownToken!) ?? throw new CheckpointException( // hasUnknown is set only where there is one
                $"The text has a character outside the vocabulary, and the unknown token '{_config.UnknownToken}' is not in it either; " +
                "fix unk_token in tokenizer.json."));
            hasUnknown = false;
        }
    }

    private bool TryAddBytes(ReadOnlySpan<char> character, List<int> symbols)
    {
        Span<byte> bytes = stackalloc byte[4];
        int count = Encoding.UTF8.GetBytes(character, bytes);
        foreach (byte value in bytes[..count])
        {
            if (_byteTokens[value] == NoByteToken)
            {
                return false;
            }
        }

        foreach (byte value in bytes[..count])
        {
            symbols.Add(_byteTokens[value]);
        }

        return true;
    }
}

/// <summary>The options of a BPE model in tokenizer.json.</summary>
internal sealed record BytePairConfig
{
    /// <summary>The token for a character that is not in the vocabulary; null: such characters are dropped.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Adjacent unknown characters become one unknown token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>A character that is not in the vocabulary is written as its bytes, <c>&lt;0xE4&gt;</c> and so on.</summary>
    public bool FallsBackToBytes { get; init; }

    /// <summary>A piece that is a token becomes that token, regardless of merges.</summary>
    public bool IgnoresMerges { get; init; }
}

/// <summary>
/// Which two tokens join to which third, and how early (rank 0 first). A custom open-addressing table: the hash of a long in .NET is the exclusive or of
/// its halves, with which pairs of ids collide by the thousand.
/// </summary>
internal sealed class MergeTable
{
    private const long Empty = -1;
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private readonly long[] _keys;
    private readonly Merge[] _merges;
    private readonly int _shift;

    public MergeTable(int count)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(count * 2, 16));
        _shift = 64 - BitOperations.Log2((uint)size);
        _keys = new long[size];
        _merges = new Merge[size];
        Array.Fill(_keys, Empty);
    }

    public void Add(int left, int right, Merge merge)
    {
        int slot = SlotOf(Key(left, right));
        _keys[slot] = Key(left, right);
        _merges[slot] = merge;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGet(int left, int right, out Merge merge)
    {
        int slot = SlotOf(Key(left, right));
        merge = _merges[slot];
        return _keys[slot] != Empty;
    }

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;

    // Where the key stands, or the empty slot where it would.
    private int SlotOf(long key)
    {
        int slot = (int)((ulong)key * Spread >> _shift);
        while (_keys[slot] != key && _keys[slot] != Empty)
        {
            slot = (slot + 1) & (_keys.Length - 1);
        }

        return slot;
    }
}

internal readonly record struct Merge(int Rank, int Id);

/// <summary>
/// Positions that no merge ever crosses, so a piece can be encoded part by part with the same result. Between two characters, both of them
/// tokens, there is such a position if no merge joins a token that ends with the first to one that starts with the second. A vocabulary whose whole
/// text is one piece is split into words that way, which are cached.
/// </summary>
internal sealed class MergeBoundaries
{
    // Covers the alphabet of byte-level vocabularies.
    private const int TableSize = 0x144;

    private readonly bool[] _isBoundary = new bool[TableSize * TableSize];
    private readonly HashSet<int> _joined = [];
    private readonly CharacterTokens _tokens;

    /// <param name="merges">The texts of both sides.</param>
    public MergeBoundaries(CharacterTokens tokens, IEnumerable<(string Left, string Right)> merges)
    {
        _tokens = tokens;
        foreach ((string left, string right) in merges)
        {
            _joined.Add(Pair(left[^1], right[0]));
        }

        for (int first = 0; first < TableSize; first++)
        {
            for (int second = 0; second < TableSize; second++)
            {
                _isBoundary[(first * TableSize) + second] = IsNeverJoined((char)first, (char)second);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int LengthOfFirstPart(ReadOnlySpan<char> piece)
    {
        for (int i = 1; i < piece.Length; i++)
        {
            if (IsBoundary(piece[i - 1], piece[i]))
            {
                return i;
            }
        }

        return piece.Length;
    }

    private static int Pair(char first, char second) => (first << 16) | second;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsBoundary(char first, char second) => first < TableSize && second < TableSize
        ? _isBoundary[(first * TableSize) + second]
        : IsNeverJoined(first, second);

    private bool IsNeverJoined(char first, char second) =>
        !_joined.Contains(Pair(first, second)) && _tokens.IdOf(first) >= 0 && _tokens.IdOf(second) >= 0;
}
