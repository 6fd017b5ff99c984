using AlignService.Model.Tokenization;
using AlignService.Testing;

namespace AlignService.Model.Tests.Tokenization;

/// <summary>The small tokenizers of this repository, for tests that need a real one.</summary>
internal static class GoldenTokenizers
{
    public static string Folder(string name) => Path.Combine(Repository.Root, "tests", "golden", "tokenizers", name);

    public static Tokenizer Load(string name) => Tokenizer.Load(Folder(name));
}
