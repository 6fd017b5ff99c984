namespace AlignService.Text.Tokenization.PreTokenizers;

/// <summary>Where Metaspace puts a space in front.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}
