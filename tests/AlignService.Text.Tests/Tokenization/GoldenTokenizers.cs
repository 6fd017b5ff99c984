using AlignService.Testing;
using AlignService.Text.Tokenization;

namespace AlignService.Text.Tests.Tokenization;

/// <summary>The small tokenizers of this repository, for tests that need a real one.</summary>
internal static class GoldenTokenizers
{
    public static string Folder(string name) => Path.Combine(Repository.Root, "tests", "golden", "tokenizers", name);

    public static Tokenizer Load(string name) => Tokenizer.Load(Folder(name));
}
