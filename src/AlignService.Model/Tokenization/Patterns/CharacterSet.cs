using System.Text;

namespace AlignService.Model.Tokenization.Patterns;

/// <summary>A set of Unicode scalar values: a predicate with its answers for ASCII worked out beforehand.</summary>
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

    public bool Contains(int scalar) => scalar switch
    {
        < 64 => (_low >> scalar & 1) != 0,
        < 128 => (_high >> (scalar - 64) & 1) != 0,
        _ => _contains(scalar),
    };

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

    /// <summary>The set with every character that differs from a member in case alone.</summary>
    public CharacterSet IgnoreCase() => new(scalar =>
    {
        if (Contains(scalar))
        {
            return true;
        }

        int upper = ToUpper(scalar);
        return Contains(upper) || Contains(ToLower(upper)) || Contains(ToLower(scalar)) || ContainsCompatible(ToLower(upper));
    });

    // Three letters fold to ASCII or Latin-1 ones though they are not their lower or upper case both ways: long s, Kelvin, Angstrom.
    private bool ContainsCompatible(int folded) => folded switch
    {
        's' => Contains(0x17F),
        'k' => Contains(0x212A),
        0xE5 => Contains(0x212B),
        _ => false,
    };

    private static int ToUpper(int scalar) => Rune.IsValid(scalar) ? Rune.ToUpperInvariant(new Rune(scalar)).Value : scalar;

    private static int ToLower(int scalar) => Rune.IsValid(scalar) ? Rune.ToLowerInvariant(new Rune(scalar)).Value : scalar;
}
