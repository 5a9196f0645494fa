using Graft.Numerics;

namespace Graft.Vision.Augmentation.Appearance;

/// <summary>Changes how an image looks, in place.</summary>
/// <param name="image">Red, green and blue in [0, 1], <c>[side, side, 3]</c>. What leaves [0, 1] is cut off afterwards, as any camera or file does.</param>
/// <param name="side">Its side in pixels.</param>
/// <param name="random">What is drawn for this image.</param>
internal delegate void ImageChange(Span<float> image, int side, Philox random);
