using Graft.Kernels.Convolution;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>The geometries that kernels are called with, from operations.</summary>
internal static class Geometries
{
    extension(WindowGeometry)
    {
        /// <summary>The geometry of a convolution on an input of a shape.</summary>
        public static WindowGeometry Of(Conv2d convolution, Shape input)
        {
            Shape output = convolution.OutputShape([input]);
            return WindowGeometry.Of(input, output, convolution.KernelSize, convolution.Stride, convolution.Dilation, convolution.Padding) with { Groups = convolution.Groups };
        }

        /// <summary>The geometry of a pooling on an input of a shape.</summary>
        public static WindowGeometry Of(Pool2d pool, Shape input) => WindowGeometry.Of(input, pool.OutputShape([input]), pool.Kernel, pool.Stride, dilation: 1, pool.Padding);
    }

    extension(ResizeGeometry)
    {
        /// <summary>The geometry of an operation on an image.</summary>
        /// <param name="resize">The operation.</param>
        /// <param name="input">The shape of the input: an image, or features.</param>
        public static ResizeGeometry Of(Resize resize, Shape input)
        {
            (int height, int width) = input.Rank == 4 ? (input[1], input[2]) : (1, 1);
            return new(resize.Mode, height, width, input[^1], resize.Height, resize.Width) { Scale = resize.Scale };
        }
    }
}
