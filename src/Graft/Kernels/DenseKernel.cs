namespace Graft.Kernels;

/// <summary>A fully connected layer: y[n, o] = b[o] + sum over c of x[n, c] w[o, c].</summary>
internal static unsafe class DenseKernel
{
    /// <summary>The formula, summed in float64.</summary>
    /// <param name="batch">The number of rows.</param>
    /// <param name="inputs">The number of input features.</param>
    /// <param name="outputs">The number of output features.</param>
    /// <param name="x">The input <c>[batch, inputs]</c>.</param>
    /// <param name="weight">The weights <c>[outputs, inputs]</c>.</param>
    /// <param name="bias">The bias <c>[outputs]</c>; empty for none.</param>
    /// <param name="y">The output <c>[batch, outputs]</c>.</param>
    public static void Reference(int batch, int inputs, int outputs, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias, Span<float> y)
    {
        for (int n = 0; n < batch; n++)
            for (int o = 0; o < outputs; o++)
            {
                double sum = bias.IsEmpty ? 0 : bias[o];
                for (int c = 0; c < inputs; c++) sum += (double)x[(n * inputs) + c] * weight[(o * inputs) + c];
                y[(n * outputs) + o] = (float)sum;
            }
    }
}
