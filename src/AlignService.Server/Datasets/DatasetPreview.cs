using System.Text;
using AlignService.Specs.Data;
using AlignService.Specs.Examples;
using AlignService.Text.Tokenization;
using Wire = AlignService.Contracts.V1;

namespace AlignService.Server.Datasets;

/// <summary>Shows rows as a trainer sees them.</summary>
internal static class DatasetPreview
{
    /// <summary>In bytes; clients take 4 MiB by themselves.</summary>
    private const int LargestPage = 3 << 20;

    /// <summary>Of the text of one sequence, in characters.</summary>
    private const int LongestText = 200_000;

    /// <summary>Of the ids of one sequence.</summary>
    private const int MostTokenIds = 100_000;

    /// <param name="rows">Those before the page included.</param>
    /// <param name="first">The first row of the page.</param>
    /// <param name="encoder">Of the model.</param>
    /// <param name="withTokenIds">Whether the ids are shown.</param>
    /// <param name="cancellationToken">Checked with every row.</param>
    /// <returns>As many rows as a client takes in one message, at least one.</returns>
    public static IEnumerable<Wire.PreviewRow> Of(DatasetRows rows, int first, RowEncoder encoder, bool withTokenIds, CancellationToken cancellationToken)
    {
        long bytes = 0;
        for (int i = first; i < rows.Rows.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Wire.PreviewRow shown = Of(rows.Rows[i], i, encoder, withTokenIds);
            shown.HeldOut = rows.Share.HeldOutFraction > 0 && HeldOutSplit.Position(rows.Rows[i].Prompt, rows.Share.HeldOutSeed) < rows.Share.HeldOutFraction;
            bytes += shown.CalculateSize();
            if (bytes > LargestPage && i > first)
            {
                yield break;
            }

            yield return shown;
        }
    }

    private static Wire.PreviewRow Of(DatasetRow row, int index, RowEncoder encoder, bool withTokenIds)
    {
        try
        {
            return new Wire.PreviewRow { Index = index, Sequences = { row.Encode(encoder).Select(text => Of(text, encoder, withTokenIds)) } };
        }
        catch (AlignException fault)
        {
            return new Wire.PreviewRow { Index = index, Fault = AlignService.Text.ShortText.Cut(fault.Message) };
        }
    }

    private static Wire.PreviewSequence Of(EncodedText text, RowEncoder encoder, bool withTokenIds)
    {
        TokenSequence tokens = text.Tokens;
        return new Wire.PreviewSequence
        {
            Label = text.Label,
            TokenCount = tokens.Length,
            LearnedTokenCount = tokens.TrainedCount,
            Overlong = tokens.Length > encoder.MaxLength,
            Segments = { Segments(tokens, encoder.Tokenizer) },
            TokenIds = { withTokenIds ? tokens.PromptIds.Concat(tokens.CompletionIds).Take(MostTokenIds) : [] },
        };
    }

    /// <summary>Decoded token by token, so that each piece of text belongs to the token that completes it.</summary>
    private static List<Wire.PreviewSegment> Segments(TokenSequence tokens, Tokenizer tokenizer)
    {
        List<Wire.PreviewSegment> segments = [];
        StreamingDecoder decoder = tokenizer.CreateDecoder(skipSpecialTokens: false);
        StringBuilder text = new();
        int shown = 0, count = 0;
        bool learned = false;
        foreach ((int id, bool isLearned) in tokens.PromptIds.Select(id => (id, false)).Concat(tokens.CompletionIds.Select((id, i) => (id, tokens.Trained?[i] ?? true))))
        {
            if (isLearned != learned && count > 0)
            {
                Close();
            }

            learned = isLearned;
            string piece = decoder.Append(id);
            count++;
            shown += piece.Length;
            text.Append(shown <= LongestText ? piece : "");
        }

        text.Append(shown <= LongestText ? decoder.Finish() : "");
        Close();
        return segments;

        void Close()
        {
            segments.Add(new Wire.PreviewSegment { Text = text.ToString(), TokenCount = count, Learned = learned });
            text.Clear();
            count = 0;
        }
    }
}
