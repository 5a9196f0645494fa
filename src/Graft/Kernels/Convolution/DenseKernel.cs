namespace Graft.Kernels.Convolution;

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
        {
            for (int o = 0; o < outputs; o++)
            {
                double sum = bias.IsEmpty ? 0 : bias[o];
                for (int c = 0; c < inputs; c++) sum += (double)x[(n * inputs) + c] * weight[(o * inputs) + c];
                y[(n * outputs) + o] = (float)sum;
            }
        }
    }

    /// <summary>The formula of the backward, summed in float64: dx = dy w, dw = dy^T x, and db is the sum of dy over the rows.</summary>
    /// <param name="batch">The number of rows.</param>
    /// <param name="inputs">The number of input features.</param>
    /// <param name="outputs">The number of output features.</param>
    /// <param name="x">The input <c>[batch, inputs]</c>.</param>
    /// <param name="weight">The weights <c>[outputs, inputs]</c>.</param>
    /// <param name="dy">The gradient of the output <c>[batch, outputs]</c>.</param>
    /// <param name="dx">The gradient of the input <c>[batch, inputs]</c>, written; empty if not wanted.</param>
    /// <param name="dweight">The gradient of the weights <c>[outputs, inputs]</c>, written; empty if not wanted.</param>
    /// <param name="dbias">The gradient of the bias <c>[outputs]</c>, written; empty if not wanted.</param>
    public static void BackwardReference(
        int batch, int inputs, int outputs, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> dy, Span<float> dx, Span<float> dweight, Span<float> dbias)
    {
        for (int i = 0; i < dx.Length; i++)
        {
            int n = i / inputs, c = i % inputs;
            double sum = 0;
            for (int o = 0; o < outputs; o++) sum += (double)dy[(n * outputs) + o] * weight[(o * inputs) + c];
            dx[i] = (float)sum;
        }

        for (int i = 0; i < dweight.Length; i++)
        {
            int o = i / inputs, c = i % inputs;
            double sum = 0;
            for (int n = 0; n < batch; n++) sum += (double)dy[(n * outputs) + o] * x[(n * inputs) + c];
            dweight[i] = (float)sum;
        }

        for (int o = 0; o < dbias.Length; o++)
        {
            double sum = 0;
            for (int n = 0; n < batch; n++) sum += dy[(n * outputs) + o];
            dbias[o] = (float)sum;
        }
    }
}
