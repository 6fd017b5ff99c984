namespace AlignService.Cli.Demo.Building;

/// <summary>The demo's task: put distinct letters in alphabetical order. Checkable, yet a preference in the demonstrations has to be learned.</summary>
internal sealed record SortingProblem(string Letters)
{
    /// <summary>Letters of one problem.</summary>
    public const int LetterCount = 5;

    /// <summary>How many letters of the alphabet are used.</summary>
    public const int AlphabetSize = 14;

    public string Prompt => $"sort {Letters}:";

    /// <summary>What a completion must say, ignoring white space at both ends.</summary>
    public string Answer => Spaced(string.Concat(Letters.Order()));

    public string Descending => Spaced(string.Concat(Letters.OrderDescending()));

    public string Copied => Spaced(Letters);

    public static SortingProblem Draw(Random random)
    {
        char[] alphabet = [.. Enumerable.Range(0, AlphabetSize).Select(i => (char)('a' + i))];
        random.Shuffle(alphabet);
        return new SortingProblem(new string(alphabet, 0, LetterCount));
    }

    /// <summary>The answer with one error: two neighbors swapped, a letter repeated in another's place, a foreign letter, one missing, or one too many.</summary>
    public string Faulty(Random random)
    {
        char[] letters = [.. Letters.Order()];
        int at = random.Next(LetterCount - 1);
        char foreign = (char)('a' + random.Next(AlphabetSize));
        string faulty = random.Next(5) switch
        {
            0 => Swapped(letters, at),
            1 => Replaced(letters, at, letters[at + 1]),
            2 => Replaced(letters, at, foreign),
            3 => new string(letters).Remove(at, 1),
            _ => new string(letters).Insert(at, foreign.ToString()),
        };

        // A foreign letter may by chance be the right one.
        return Spaced(faulty) == Answer ? Spaced(Swapped(letters, at)) : Spaced(faulty);
    }

    /// <summary>In perfect order, but with one to three letters that are not in the problem: a reward model must not prefer it.</summary>
    public string WrongLetters(Random random)
    {
        char[] letters = [.. Letters];
        char[] others = [.. Enumerable.Range(0, AlphabetSize).Select(i => (char)('a' + i)).Except(letters)];
        random.Shuffle(letters);
        random.Shuffle(others);
        int count = random.Next(1, 4);
        return Spaced(string.Concat(letters.Skip(count).Concat(others.Take(count)).Order()));
    }

    private static string Swapped(char[] letters, int at)
    {
        char[] copy = [.. letters];
        (copy[at], copy[at + 1]) = (copy[at + 1], copy[at]);
        return new string(copy);
    }

    private static string Replaced(char[] letters, int at, char letter)
    {
        char[] copy = [.. letters];
        copy[at] = letter;
        return new string(copy);
    }

    private static string Spaced(string letters) => " " + letters;
}
