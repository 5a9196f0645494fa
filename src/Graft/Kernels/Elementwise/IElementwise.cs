namespace Graft.Kernels.Elementwise;

/// <summary>A function that is applied to each number of some rows in place, for kernels that do so to what they have just written.</summary>
internal interface IElementwise
{
    /// <summary>Applies it.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="values">What is changed.</param>
    void Run(int rows, int channels, StridedRows values);
}
