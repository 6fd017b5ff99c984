namespace AlignService.Text.Tokenization.Subwords;

/// <summary>Turns a piece of text into token ids. Safe for use from many threads, each call with a workspace of its own.</summary>
internal interface ISubwordModel
{
    Vocabulary Vocabulary { get; }

    void Encode(ReadOnlySpan<char> piece, SubwordWorkspace workspace, List<int> ids);
}
