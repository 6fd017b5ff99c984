namespace AlignService.Model.Decoding.Simd;

/// <summary>What <see cref="PanelKernel"/> is made of, for one vector width.</summary>
internal unsafe interface IPanelKernel
{
    /// <summary>Four rows times a group of panels.</summary>
    static abstract void MultiplyFour(RowBlock input, PanelBlock panels, RowBlock output, bool accumulate);

    /// <summary>One row times a group of panels.</summary>
    static abstract void MultiplyOne(float* input, PanelBlock panels, float* output, bool accumulate);
}
