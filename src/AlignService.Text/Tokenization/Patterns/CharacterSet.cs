using System.Runtime.CompilerServices;
using System.Text;

namespace AlignService.Text.Tokenization.Patterns;

/// <summary>A set of Unicode scalar values: a predicate with precomputed answers for ASCII.</summary>
internal sealed class CharacterSet
{
    private readonly ulong _low;
    private readonly ulong _high;
    private readonly Func<int, bool> _contains;

    public CharacterSet(Func<int, bool> contains)
    {
        _contains = contains;
        for (int i = 0; i < 64; i++)
        {
            _low |= contains(i) ? 1UL << i : 0;
            _high |= contains(i + 64) ? 1UL << i : 0;
        }
    }

    public static CharacterSet Any { get; } = new(_ => true);

    public static CharacterSet NotNewLine { get; } = new(scalar => scalar != '\n');

    public static CharacterSet Empty { get; } = new(_ => false);

    public static CharacterSet Single(int wanted) => new(scalar => scalar == wanted);

    public static CharacterSet Range(int first, int last) => new(scalar => scalar >= first && scalar <= last);

    public static CharacterSet Category(int categoryBits) =>
        new(scalar => (Characters.UnicodeClass.CategoryBit(scalar) & categoryBits) != 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int scalar) => scalar < 0x80 ? ContainsAscii(scalar) : _contains(scalar);

    /// <param name="scalar">Below 0x80.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool ContainsAscii(int scalar) => ((scalar < 64 ? _low : _high) >> (scalar & 63) & 1) != 0;

    public CharacterSet Negate() => new(scalar => !Contains(scalar));

    public CharacterSet Intersect(CharacterSet other) => new(scalar => Contains(scalar) && other.Contains(scalar));

    public CharacterSet Union(IReadOnlyList<CharacterSet> others)
    {
        CharacterSet[] all = [this, .. others];
        return new CharacterSet(scalar =>
        {
            foreach (CharacterSet set in all)
            {
                if (set.Contains(scalar))
                {
                    return true;
                }
            }

            return false;
        });
    }

    /// <summary>The set plus every character that differs from a member only in case.</summary>
    public CharacterSet IgnoreCase() => new(scalar =>
    {
        if (Contains(scalar))
        {
            return true;
        }

        int lower = Fold(scalar);
        return Contains(lower) || Contains(ToUpper(lower)) || ContainsOtherForm(lower);
    });

    // Long s, Kelvin, Angstrom and capital sharp s fold to letters whose own cases they are not.
    private bool ContainsOtherForm(int folded) => folded switch
    {
        's' => Contains(0x17F),
        'k' => Contains(0x212A),
        0xE5 => Contains(0x212B),
        0xDF => Contains(0x1E9E),
        _ => false,
    };

    private static int Fold(int scalar) => scalar switch
    {
        0x17F => 's',
        0x212A => 'k',
        0x212B => 0xE5,
        0x1E9E => 0xDF,
        _ => ToLower(ToUpper(scalar)),
    };

    private static int ToUpper(int scalar) => Rune.IsValid(scalar) ? Rune.ToUpperInvariant(new Rune(scalar)).Value : scalar;

    private static int ToLower(int scalar) => Rune.IsValid(scalar) ? Rune.ToLowerInvariant(new Rune(scalar)).Value : scalar;
}
