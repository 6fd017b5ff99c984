namespace AlignService.Model.Decoding.Simd;

/// <summary>Attention of rows over their sequences, as two products per page.</summary>
internal sealed unsafe class AttentionStep(DecoderShape shape, RotaryAngles angles, DecoderBuffers buffers)
{
    /// <summary>Rotates a row's queries and keys to its position, and stores its keys and values in its page.</summary>
    public void Remember(in DecoderRow row, float* queryKeyValue, int layer)
    {
        float* cos = angles.Cos(row.Position);
        float* sin = angles.Sin(row.Position);
        for (int head = 0; head < shape.HeadCount; head++)
        {
            float* query = queryKeyValue + (head * shape.HeadWidth);
            RowKernels.Rotate(query, cos, sin, angles.Half);
            RowKernels.Scale(query, shape.AttentionScale, query, shape.HeadWidth);
        }

        float* keys = queryKeyValue + shape.QueryWidth;
        float* values = keys + (shape.KeyValueHeadCount * shape.HeadWidth);
        for (int head = 0; head < shape.KeyValueHeadCount; head++)
        {
            float* key = keys + (head * shape.HeadWidth);
            RowKernels.Rotate(key, cos, sin, angles.Half);
            row.Page.Store(layer, head, row.Slot, key, values + (head * shape.HeadWidth));
        }
    }

    /// <summary>Attention of all query heads that share one key and value head.</summary>
    /// <param name="row">The row that attends.</param>
    /// <param name="queries">[group of heads, head width], rotated and scaled.</param>
    /// <param name="output">[group of heads, head width].</param>
    /// <param name="place">The layer and head.</param>
    /// <param name="worker">The worker.</param>
    public void Attend(in DecoderRow row, float* queries, float* output, (int Layer, int Head) place, int worker)
    {
        ReadOnlySpan<CachePage> pages = row.Sequence.Pages;
        int slotCount = PageSlots(pages, row.Position);
        (RowBlock scores, RowBlock mixed) = buffers.Attention(worker, slotCount);

        Score(row, pages, new RowBlock(queries, shape.HeadWidth), scores, place);
        Span<float> sums = stackalloc float[shape.GroupWidth];
        for (int head = 0; head < sums.Length; head++)
        {
            sums[head] = RowKernels.Exponentiate(scores.Row(head), slotCount);
        }

        Mix(row, pages, scores, mixed, place);
        for (int head = 0; head < sums.Length; head++)
        {
            RowKernels.Scale(mixed.Row(head), 1 / sums[head], output + (head * shape.HeadWidth), shape.HeadWidth);
        }
    }

    private void Score(in DecoderRow row, ReadOnlySpan<CachePage> pages, RowBlock queries, RowBlock scores, (int Layer, int Head) place)
    {
        int start = 0;
        int firstSlot = 0;
        foreach (CachePage page in pages)
        {
            int visible = Math.Min(page.Count, row.Position + 1 - start);
            if (visible <= 0)
            {
                return;
            }

            PanelKernel.Multiply(queries, shape.GroupWidth, page.Keys(place.Layer, place.Head, visible), scores.Right(firstSlot), accumulate: false);
            int slots = PanelBlock.Pad(visible);
            for (int head = 0; head < shape.GroupWidth; head++)
            {
                new Span<float>(scores.Row(head) + firstSlot + visible, slots - visible).Fill(float.NegativeInfinity);
            }

            start += visible;
            firstSlot += slots;
        }
    }

    private void Mix(in DecoderRow row, ReadOnlySpan<CachePage> pages, RowBlock weights, RowBlock mixed, (int Layer, int Head) place)
    {
        int start = 0;
        int firstSlot = 0;
        foreach (CachePage page in pages)
        {
            int visible = Math.Min(page.Count, row.Position + 1 - start);
            if (visible <= 0)
            {
                return;
            }

            PanelKernel.Multiply(weights.Right(firstSlot), shape.GroupWidth, page.Values(place.Layer, place.Head, visible), mixed, accumulate: start > 0);
            start += visible;
            firstSlot += PanelBlock.Pad(visible);
        }
    }

    /// <summary>Slots of the scores: each page's visible positions, padded to whole panels.</summary>
    private static int PageSlots(ReadOnlySpan<CachePage> pages, int position)
    {
        int start = 0;
        int slots = 0;
        foreach (CachePage page in pages)
        {
            int visible = Math.Clamp(position + 1 - start, 0, page.Count);
            start += visible;
            slots += PanelBlock.Pad(visible);
        }

        return slots;
    }
}
