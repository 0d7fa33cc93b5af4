/**
 * True when `image` (a container image reference) matches `glob`. The image's tag and digest do not
 * take part; `*` stands for any characters, `/` among them.
 */
export function matchImage(glob: string, image: string): boolean {
  return compileGlob(glob).test(imageName(image));
}

/** `docker.io/istio/reviews:1.0@sha256:…` → `docker.io/istio/reviews`. A registry's port stays. */
export function imageName(image: string): string {
  const withoutDigest = image.split("@", 1)[0] ?? image;
  const colon = withoutDigest.lastIndexOf(":");
  return colon > withoutDigest.lastIndexOf("/") ? withoutDigest.slice(0, colon) : withoutDigest;
}

function compileGlob(glob: string): RegExp {
  const parts = imageName(glob)
    .split("*")
    .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
